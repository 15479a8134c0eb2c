import type { Subject } from './subject.ts';
import { openGot } from './subjects/got.ts';
import { openRoundtripper } from './subjects/roundtripper.ts';
import { openUndici } from './subjects/undici.ts';

/** How tables call the caches that are put to the test. */
export type SubjectName = 'roundtripper, private' | 'roundtripper, shared' | 'undici, private' | 'undici, shared' | 'got';

/** Opens each. */
export const SUBJECTS: Readonly<Record<SubjectName, () => Subject>> = {
  'roundtripper, private': () => openRoundtripper('private'),
  'roundtripper, shared': () => openRoundtripper('shared'),
  'undici, private': () => openUndici('private'),
  'undici, shared': () => openUndici('shared'),
  'got': openGot,
};

export function isSubjectName(name: string): name is SubjectName {
  return Object.hasOwn(SUBJECTS, name);
}
