import { getCallSites } from 'node:util';

import type { HarInitiator } from './har-format.ts';

const FRAMES = 16;
/** Of the recorder: this function, `#begin`, `roundTrip` and the middleware. By their number, as a bundle leaves nothing else to know them by. */
const OWN_FRAMES = 4;

/** Who asks for a request whose way here nobody has followed. */
export const UNKNOWN_INITIATOR: HarInitiator = { type: 'other' };

/** Who asks for it: the calls that led here within this turn of the program, those of the recorder and of Node left out. */
export function callingInitiator(): HarInitiator {
  const callFrames = getCallSites(FRAMES)
    .slice(OWN_FRAMES)
    .filter(({ scriptName }) => !scriptName.startsWith('node:'))
    .map(({ functionName, scriptId, scriptName, lineNumber, columnNumber }) => ({
      functionName,
      scriptId,
      url: scriptName,
      lineNumber: lineNumber - 1,
      columnNumber: columnNumber - 1,
    }));
  return callFrames.length === 0 ? UNKNOWN_INITIATOR : { type: 'script', stack: { callFrames } };
}
