import type { JsonReport } from '../src/cli/json-report.ts';

/**
 * What the command has printed with `--json`.
 * @throws Error where it is not one document of the version that is documented.
 */
export function parseJsonReport(text: string): JsonReport {
  const parsed: unknown = JSON.parse(text);
  if (!isReport(parsed)) throw new Error(`no report of version 1: ${text.slice(0, 200)}`);
  return parsed;
}

const MEMBERS = [
  'tool',
  'exitCode',
  'request',
  'startedAt',
  'durationMs',
  'counts',
  'statuses',
  'protocols',
  'addresses',
  'failures',
  'phasesMs',
  'reuse',
];

function isReport(parsed: unknown): parsed is JsonReport {
  if (typeof parsed !== 'object' || parsed === null || !('version' in parsed)) return false;
  return parsed.version === 1 && MEMBERS.every((name) => name in parsed);
}
