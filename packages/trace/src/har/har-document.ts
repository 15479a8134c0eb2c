import type { HarCreator } from './har-format.ts';

/**
 * The text of a HAR document in three pieces, so that it can be written entry by entry: head, entries, foot. Each entry is a line of its own,
 * whatever is in it (JSON escapes line ends), so that what was cut off can be told by its line.
 */
export function documentHead(creator: HarCreator): string {
  return `{"log":{"version":"1.2","creator":${JSON.stringify(creator)},"entries":[`;
}

/** @param isFirst Whether no entry stands before these. */
export function documentEntries(entries: readonly string[], isFirst: boolean): string {
  return `${isFirst ? '' : ','}\n${entries.join(',\n')}`;
}

/** @param comment What is missing, and why; empty where nothing is. */
export function documentFoot(comment: string): string {
  return comment === '' ? '\n]}}\n' : `\n],"comment":${JSON.stringify(comment)}}}\n`;
}

/**
 * Makes a HAR document whole that was cut off: by a full disk, a process that was killed while it wrote, or a stream that was never ended. Every entry that is
 * whole is kept; one that is whole already is given back as it is.
 * @param text What `harRecorder` has written.
 * @throws TypeError when it is no such thing.
 */
export function repairHar(text: string): string {
  if (isJson(text)) return text;
  const [head = '', ...lines] = text.split('\n');
  const isHead = head.startsWith('{"log":{') && isJson(`${head}]}}`);
  if (!isHead) throw new TypeError('not what harRecorder has written: its first line is not there');
  const entries: string[] = [];
  for (const line of lines) {
    const entry = line.endsWith(',') ? line.slice(0, -1) : line;
    if (!entry.startsWith('{') || !isJson(entry)) break;
    entries.push(entry);
  }
  const body = entries.length === 0 ? '' : documentEntries(entries, true);
  return `${head}${body}${documentFoot('the recording was cut off; what was whole of it was kept')}`;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
