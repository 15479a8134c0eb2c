/**
 * The states of a stream (RFC 9113 §5.1), as a client that takes no pushes sees it, and `closed` by how it came to that.
 * `forgotten` is a stream that was closed so long ago that nothing is known of it any more.
 */
export type StreamState = OpenState | ClosedState;

type OpenState =
  | 'idle'
  | 'open'
  /** Our side has ended. */
  | 'half-closed-local'
  /** The peer's has. */
  | 'half-closed-remote';

type ClosedState =
  /** Both sides have ended it. */
  'ended' | 'reset-sent' | 'reset-received' | 'forgotten';

/** A frame of a stream; `-end` where it has END_STREAM. PRIORITY may come at any time and means nothing. */
export type StreamFrame = 'headers' | 'headers-end' | 'data' | 'data-end' | 'reset' | 'window-update';

/** What is to become of a frame that came. Header blocks are decoded and DATA is accounted whatever it is. */
export type Reception =
  | { readonly kind: 'accept'; readonly state: StreamState }
  /** The peer could not know yet that the stream is closed, or it does not matter. */
  | { readonly kind: 'ignore' }
  /** Ignored, too, but the peer did know: not to be had without end. */
  | { readonly kind: 'glitch' }
  /** RST_STREAM. */
  | { readonly kind: 'stream-error'; readonly code: 'STREAM_CLOSED' }
  /** GOAWAY. */
  | { readonly kind: 'connection-error'; readonly code: 'PROTOCOL_ERROR' };

const IGNORE: Reception = { kind: 'ignore' };
const GLITCH: Reception = { kind: 'glitch' };
const CLOSED: Reception = { kind: 'stream-error', code: 'STREAM_CLOSED' };
const NEVER_OPENED: Reception = { kind: 'connection-error', code: 'PROTOCOL_ERROR' };
const accept = (state: StreamState): Reception => ({ kind: 'accept', state });
const PEER_RESETS = accept('reset-received');

const RECEIVED: Readonly<Record<StreamState, Readonly<Record<StreamFrame, Reception>>>> = {
  'idle': row([NEVER_OPENED, NEVER_OPENED], NEVER_OPENED, NEVER_OPENED),
  'open': row([accept('open'), accept('half-closed-remote')], PEER_RESETS, accept('open')),
  'half-closed-local': row([accept('half-closed-local'), accept('ended')], PEER_RESETS, accept('half-closed-local')),
  'half-closed-remote': row([CLOSED, CLOSED], PEER_RESETS, accept('half-closed-remote')),
  // WINDOW_UPDATE and RST_STREAM may have been under way.
  'ended': row([GLITCH, GLITCH], IGNORE, IGNORE),
  'reset-sent': row([IGNORE, IGNORE], IGNORE, IGNORE),
  'reset-received': row([GLITCH, GLITCH], GLITCH, GLITCH),
  'forgotten': row([CLOSED, CLOSED], IGNORE, IGNORE),
};

/** For the transitions HEADERS and DATA are alike. That DATA comes after HEADERS is a rule of messages, not of streams. */
function row(
  [message, end]: readonly [Reception, Reception],
  reset: Reception,
  windowUpdate: Reception,
): Readonly<Record<StreamFrame, Reception>> {
  return { 'headers': message, 'headers-end': end, 'data': message, 'data-end': end, reset, 'window-update': windowUpdate };
}

/** What becomes of a frame from the peer on a stream in this state. */
export function receive(state: StreamState, frame: StreamFrame): Reception {
  return RECEIVED[state][frame];
}

const SENT: Readonly<Record<StreamState, Readonly<Partial<Record<StreamFrame, StreamState>>>>> = {
  'idle': { 'headers': 'open', 'headers-end': 'half-closed-local' },
  'open': {
    'headers-end': 'half-closed-local',
    'data': 'open',
    'data-end': 'half-closed-local',
    'reset': 'reset-sent',
    'window-update': 'open',
  },
  'half-closed-local': { 'reset': 'reset-sent', 'window-update': 'half-closed-local' },
  'half-closed-remote': {
    'headers-end': 'ended',
    'data': 'half-closed-remote',
    'data-end': 'ended',
    'reset': 'reset-sent',
    'window-update': 'half-closed-remote',
  },
  'ended': {},
  'reset-sent': {},
  'reset-received': {},
  // The answer to what comes too late.
  'forgotten': { reset: 'forgotten' },
};

/** The state of a stream once a frame of ours was sent on it; undefined where none such may be sent. HEADERS without an end come first, and once. */
export function afterSending(state: StreamState, frame: StreamFrame): StreamState | undefined {
  return SENT[state][frame];
}

/** The state of a stream that nothing is known of. Those of the peer are never opened, since it may not push. */
export function unknownStreamState(streamId: number, nextStreamId: number): 'idle' | 'forgotten' {
  return streamId % 2 === 1 && streamId < nextStreamId ? 'forgotten' : 'idle';
}

/** Whether nothing more will come of it, neither here nor there. */
export function isClosed(state: StreamState): state is ClosedState {
  return state === 'ended' || state === 'reset-sent' || state === 'reset-received' || state === 'forgotten';
}
