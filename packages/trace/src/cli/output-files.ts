import { open, writeFile } from 'node:fs/promises';

import type { HarStats } from '../har/har-writer.ts';
import type { TraceLog } from '../trace-log.ts';
import { waterfall } from '../waterfall/waterfall.ts';
import type { Plan } from './plan.ts';
import { systemCode } from './prepare.ts';
import { printable } from './printable.ts';
import type { WrittenFile } from './run-report.ts';

/** A HAR may hold what is nobody else's business. */
const OWNER_ONLY = 0o600;

/** Why one of the files could not be written, before anything is sent: in one line; undefined where both can. What is in them stays. */
export async function unwritableFile({ harFile, htmlFile }: Plan): Promise<string | undefined> {
  return (await problemOf('--har', harFile, OWNER_ONLY)) ?? problemOf('--html', htmlFile);
}

async function problemOf(option: string, path: string | undefined, mode?: number): Promise<string | undefined> {
  if (path === undefined) return undefined;
  try {
    const file = await open(path, 'a', mode);
    await file.close();
    return undefined;
  } catch (error) {
    return unwritableLine(option, path, systemCode(error));
  }
}

/** Like `--har: requests.har cannot be written: ENOSPC`. */
export function unwritableLine(option: string, path: string, reason: string): string {
  return `${option}: ${printable(path)} cannot be written: ${printable(reason)}`;
}

/** What became of the document that was recorded. @param ended How many requests it should have. */
export function harWritten(file: string, { written }: HarStats, ended: number, error: unknown): WrittenFile {
  return { file, requests: written, missing: ended - written, error: error === undefined ? undefined : systemCode(error) };
}

/** Writes the page of what the log still has. */
export async function writeHtml(file: string, log: TraceLog, title: string): Promise<WrittenFile> {
  const requests = log.exchanges.length;
  const written: WrittenFile = { file, requests, missing: log.dropped, error: undefined };
  try {
    await writeFile(file, waterfall(log, { title }));
    return written;
  } catch (error) {
    return { ...written, error: systemCode(error) };
  }
}
