import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { CLOSED, transition, type Circuit, type CircuitRules, type TripRule, type CircuitVerdict } from './circuit-breaker-state.ts';

const threeInRow: TripRule = { kind: 'consecutive', failures: 3 };
const half: TripRule = { kind: 'rate', share: 0.5, windowMs: 1_000, minRequests: 4 };
const rules: CircuitRules = { trip: threeInRow, openForMs: 100, maxOpenForMs: 350, probes: 2 };

function ended(circuit: Circuit, verdicts: string, given: CircuitRules = rules, nowMs = 0): Circuit {
  const meaning: Record<string, CircuitVerdict> = { s: 'success', f: 'failure', i: 'ignored' };
  return verdicts
    .split('')
    .reduce((before, letter) => transition(before, { kind: 'end', verdict: meaning[letter] ?? 'ignored' }, given, nowMs).circuit, circuit);
}

function asked(circuit: Circuit, nowMs: number, given: CircuitRules = rules) {
  return transition(circuit, { kind: 'ask' }, given, nowMs);
}

const open: Circuit = { kind: 'open', untilMs: 100, timesInRow: 1 };
const halfOpen: Circuit = { kind: 'half-open', underWay: 1, succeeded: 0, nextProbeMs: 200, timesInRow: 1 };

test.for<[string, string, Circuit['kind']]>([
  ['three failures in a row open it', 'fff', 'open'],
  ['two do not', 'ff', 'closed'],
  ['a success between them begins anew', 'ffsff', 'closed'],
  ['what is ignored neither counts nor begins anew', 'fifif', 'open'],
  ['what ends when it is open changes nothing', 'fffs', 'open'],
])('by failures in a row: %s', ([, verdicts, kind]) => expect(ended(CLOSED, verdicts).kind).toBe(kind));

test.for<[string, string, Circuit['kind']]>([
  ['half of four open it', 'sfsf', 'open'],
  ['three are too few to say', 'fff', 'closed'],
  ['less than half do not', 'ssfsf', 'closed'],
  ['a success never opens it, whatever the rate', 'fffs', 'closed'],
  ['what is ignored is no request', 'fffi', 'closed'],
])('by rate: %s', ([, verdicts, kind]) => expect(ended(CLOSED, verdicts, { ...rules, trip: half }).kind).toBe(kind));

test('by rate: what is older than the window does not count, and of the window before as much as it still covers', () => {
  const given = { ...rules, trip: half };
  const before = ended(CLOSED, 'fff', given, 0);
  expect(ended(before, 'f', given, 1_000).kind).toBe('open');
  expect(ended(before, 'f', given, 1_500).kind).toBe('closed');
  expect(ended(before, 'f', given, 2_000).kind).toBe('closed');
});

test.for<{ fact: string; circuit: Circuit; nowMs: number; kind: Circuit['kind']; isAdmitted: boolean }>([
  { fact: 'closed lets pass', circuit: CLOSED, nowMs: 0, kind: 'closed', isAdmitted: true },
  { fact: 'open refuses', circuit: open, nowMs: 99.9, kind: 'open', isAdmitted: false },
  { fact: 'open lets a probe pass when its time is over', circuit: open, nowMs: 100, kind: 'half-open', isAdmitted: true },
  { fact: 'half-open lets as many pass as there are probes', circuit: halfOpen, nowMs: 150, kind: 'half-open', isAdmitted: true },
  { fact: 'half-open refuses what is beyond', circuit: { ...halfOpen, underWay: 2 }, nowMs: 150, kind: 'half-open', isAdmitted: false },
  {
    fact: 'a probe that went well has used its place',
    circuit: { ...halfOpen, underWay: 1, succeeded: 1 },
    nowMs: 150,
    kind: 'half-open',
    isAdmitted: false,
  },
  {
    fact: 'half-open lets one more pass when the last probe has had its time',
    circuit: { ...halfOpen, underWay: 2 },
    nowMs: 200,
    kind: 'half-open',
    isAdmitted: true,
  },
])('$fact', ({ circuit, nowMs, kind, isAdmitted }) => {
  const after = asked(circuit, nowMs);
  expect([after.circuit.kind, after.isAdmitted]).toEqual([kind, isAdmitted]);
});

test.for<{ fact: string; verdict: CircuitVerdict; succeeded: number; becomes: Circuit }>([
  {
    fact: 'a failure of a probe opens it for twice as long',
    verdict: 'failure',
    succeeded: 1,
    becomes: { kind: 'open', untilMs: 350, timesInRow: 2 },
  },
  { fact: 'the last of the probes closes it', verdict: 'success', succeeded: 1, becomes: CLOSED },
  { fact: 'one before the last does not', verdict: 'success', succeeded: 0, becomes: { ...halfOpen, underWay: 0, succeeded: 1 } },
  {
    fact: 'one that says nothing makes room for another',
    verdict: 'ignored',
    succeeded: 1,
    becomes: { ...halfOpen, underWay: 0, succeeded: 1 },
  },
])('half-open: $fact', ({ verdict, succeeded, becomes }) => {
  expect(transition({ ...halfOpen, succeeded }, { kind: 'end', verdict }, rules, 150).circuit).toEqual(becomes);
});

test('each time in a row it is open for twice as long, up to maxOpenFor', () => {
  const times: number[] = [];
  let circuit = ended(CLOSED, 'fff');
  let nowMs = 0;
  for (let count = 0; count < 4; count++) {
    if (circuit.kind !== 'open') throw new Error('expected it to be open');
    times.push(circuit.untilMs - nowMs);
    nowMs = circuit.untilMs;
    circuit = ended(asked(circuit, nowMs).circuit, 'f', rules, nowMs);
  }
  expect(times).toEqual([100, 200, 350, 350]);
});

test('a maxOpenFor below openFor does not shorten it', () => {
  expect(ended(CLOSED, 'fff', { ...rules, maxOpenForMs: 1 })).toMatchObject({ untilMs: 100 });
});

test('whatever happens: an open circuit lets nothing pass before its time, and a half-open one no more than its probes at a time', () => {
  const step = fc.record({
    event: fc.constantFrom<'ask' | CircuitVerdict>('ask', 'ask', 'success', 'failure', 'ignored'),
    passedMs: fc.integer({ min: 0, max: 120 }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      let circuit: Circuit = CLOSED;
      let nowMs = 0;
      for (const { event, passedMs } of steps) {
        nowMs += passedMs;
        const before: Circuit = circuit;
        // Only what was let through ends.
        if (event !== 'ask' && before.kind === 'half-open' && before.underWay === 0) continue;
        const after = transition(before, event === 'ask' ? { kind: 'ask' } : { kind: 'end', verdict: event }, rules, nowMs);
        if (before.kind === 'open') expect(after.isAdmitted).toBe(event === 'ask' && nowMs >= before.untilMs);
        if (after.circuit.kind === 'half-open' && after.isAdmitted && before.kind === 'half-open') {
          expect(before.underWay + before.succeeded < rules.probes || nowMs >= before.nextProbeMs).toBe(true);
        }
        if (before.kind === 'closed' && event !== 'failure') expect(after.circuit.kind).toBe('closed');
        circuit = after.circuit;
      }
    }),
  );
});
