import { describe, expect, test } from 'vitest';

import { afterSending, isClosed, receive, unknownStreamState, type StreamFrame, type StreamState } from './stream-state.ts';

const FRAMES: readonly StreamFrame[] = ['headers', 'headers-end', 'data', 'data-end', 'reset', 'window-update'];

/** What comes of each of {@link FRAMES}: the state after it, or what it is against the rules. */
const RECEIVED: Readonly<Record<StreamState, readonly string[]>> = {
  'idle': ['GOAWAY', 'GOAWAY', 'GOAWAY', 'GOAWAY', 'GOAWAY', 'GOAWAY'],
  'open': ['open', 'half-closed-remote', 'open', 'half-closed-remote', 'reset-received', 'open'],
  'half-closed-local': ['half-closed-local', 'ended', 'half-closed-local', 'ended', 'reset-received', 'half-closed-local'],
  'half-closed-remote': ['RST', 'RST', 'RST', 'RST', 'reset-received', 'half-closed-remote'],
  'ended': ['glitch', 'glitch', 'glitch', 'glitch', 'ignore', 'ignore'],
  'reset-sent': ['ignore', 'ignore', 'ignore', 'ignore', 'ignore', 'ignore'],
  'reset-received': ['glitch', 'glitch', 'glitch', 'glitch', 'glitch', 'glitch'],
  'forgotten': ['RST', 'RST', 'RST', 'RST', 'ignore', 'ignore'],
};

const SENT: Readonly<Record<StreamState, readonly (StreamState | undefined)[]>> = {
  'idle': ['open', 'half-closed-local', undefined, undefined, undefined, undefined],
  'open': [undefined, 'half-closed-local', 'open', 'half-closed-local', 'reset-sent', 'open'],
  'half-closed-local': [undefined, undefined, undefined, undefined, 'reset-sent', 'half-closed-local'],
  'half-closed-remote': [undefined, 'ended', 'half-closed-remote', 'ended', 'reset-sent', 'half-closed-remote'],
  'ended': [undefined, undefined, undefined, undefined, undefined, undefined],
  'reset-sent': [undefined, undefined, undefined, undefined, undefined, undefined],
  'reset-received': [undefined, undefined, undefined, undefined, undefined, undefined],
  'forgotten': [undefined, undefined, undefined, undefined, 'forgotten', undefined],
};

const STATES: readonly StreamState[] = [
  'idle',
  'open',
  'half-closed-local',
  'half-closed-remote',
  'ended',
  'reset-sent',
  'reset-received',
  'forgotten',
];

function outcome(state: StreamState, frame: StreamFrame): string {
  const reception = receive(state, frame);
  switch (reception.kind) {
    case 'accept':
      return reception.state;
    case 'stream-error':
      return reception.code === 'STREAM_CLOSED' ? 'RST' : '';
    case 'connection-error':
      return reception.code === 'PROTOCOL_ERROR' ? 'GOAWAY' : '';
    default:
      return reception.kind;
  }
}

describe.for(STATES)('a stream that is %s', (state) => {
  test.for(FRAMES.map((frame, at) => ({ frame, becomes: RECEIVED[state][at] })))('receives $frame: $becomes', ({ frame, becomes }) => {
    expect(outcome(state, frame)).toBe(becomes);
  });

  test.for(FRAMES.map((frame, at) => ({ frame, becomes: SENT[state][at] })))('sends $frame: $becomes', ({ frame, becomes }) => {
    expect(afterSending(state, frame)).toBe(becomes);
  });

  test('is closed when nothing more comes of it', () => {
    const next = new Set<StreamState>([state]);
    for (const frame of FRAMES) {
      const reception = receive(state, frame);
      next.add(reception.kind === 'accept' ? reception.state : state);
      next.add(afterSending(state, frame) ?? state);
    }
    expect(isClosed(state)).toBe(next.size === 1);
  });
});

test.for([
  { streamId: 1, nextStreamId: 1, state: 'idle' },
  { streamId: 1, nextStreamId: 3, state: 'forgotten' },
  { streamId: 3, nextStreamId: 3, state: 'idle' },
  { streamId: 2 ** 31 - 1, nextStreamId: 3, state: 'idle' },
  { streamId: 2, nextStreamId: 9, state: 'idle' },
  { streamId: 8, nextStreamId: 9, state: 'idle' },
])('stream $streamId, of which nothing is known, is $state before stream $nextStreamId', ({ streamId, nextStreamId, state }) => {
  expect(unknownStreamState(streamId, nextStreamId)).toBe(state);
});
