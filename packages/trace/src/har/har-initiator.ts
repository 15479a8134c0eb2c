import { getCallSites } from 'node:util';

import type { HarInitiator } from './har-format.ts';

const FRAMES = 16;

/** Who asks for a request whose way here nobody has followed. */
export const UNKNOWN_INITIATOR: HarInitiator = { type: 'other' };

/** Who asks for it: the calls that led here within this turn of the program, those of this package and of Node left out. */
export function callingInitiator(): HarInitiator {
  const callFrames = getCallSites(FRAMES)
    .filter(({ scriptName }) => !scriptName.startsWith('node:') && !scriptName.startsWith(FOLDER))
    .map(({ functionName, scriptId, scriptName, lineNumber, columnNumber }) => ({
      functionName,
      scriptId,
      url: scriptName,
      lineNumber: lineNumber - 1,
      columnNumber: columnNumber - 1,
    }));
  return callFrames.length === 0 ? UNKNOWN_INITIATOR : { type: 'script', stack: { callFrames } };
}

const FOLDER = new URL('.', import.meta.url).href;
