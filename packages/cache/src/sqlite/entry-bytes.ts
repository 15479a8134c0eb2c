import { CHUNK_BYTES } from '../external/chunks.ts';
import { labelsOf } from '../labels.ts';
import type { StoredResponse } from '../stored-response.ts';

/** What an entry takes in the file besides what is counted one by one: numbers, its id, and places in the indices. */
const ROW_BYTES = 256;

/** What a label takes besides its text: a number and a length. */
const LABEL_BYTES = 16;

/** SQLite's pages, without what each of them begins with, and what a record needs in one besides itself. */
const PAGE_BYTES = 4_088;
const CELL_BYTES = 24;

/** An index keeps no more than this of a text in its own pages. The rest is in pages of that text alone. */
const MOST_IN_INDEX = 1_002;

/** Pages of an index in any order are two thirds full. */
const INDEX_SLACK = 1.5;

/** What a response counts for besides its body, in bytes: near enough to what it takes in the file that this keeps the limit, whatever is long in it. */
export function headBytesOf(stored: StoredResponse, head: string): number {
  const [key, url, variant, text] = [stored.key, stored.url, stored.variant, head].map((each) => Buffer.byteLength(each));
  const record = recordBytes((text ?? 0) + (key ?? 0) + (url ?? 0) + (variant ?? 0));
  let indexed = indexBytes(url ?? 0) + indexBytes((key ?? 0) + (variant ?? 0));
  // There is one index for labels, and one for the entries they belong to.
  for (const label of labelsOf(stored).slice(1)) indexed += indexBytes(Buffer.byteLength(label) + LABEL_BYTES) + LABEL_BYTES * INDEX_SLACK;
  const lastPiece = stored.bodyBytes % CHUNK_BYTES;
  return Math.ceil(ROW_BYTES + record + indexed + recordBytes(lastPiece) - lastPiece);
}

/** What a record of a table takes: of one that fills more than half a page the rest of the page is lost. */
function recordBytes(bytes: number): number {
  if (bytes === 0) return 0;
  const inPage = bytes % PAGE_BYTES;
  const rest = bytes - inPage;
  const each = Math.floor(PAGE_BYTES / (inPage + CELL_BYTES));
  return rest + (each === 0 ? PAGE_BYTES : PAGE_BYTES / each);
}

function indexBytes(bytes: number): number {
  if (bytes <= MOST_IN_INDEX) return bytes * INDEX_SLACK;
  return MOST_IN_INDEX + Math.ceil((bytes - MOST_IN_INDEX) / PAGE_BYTES) * PAGE_BYTES;
}
