import { BODILESS } from './bodiless.ts';
import { CHUNKS } from './chunks.ts';
import { CONTENT_LENGTH } from './content-length.ts';
import { EARLY_END } from './early-end.ts';
import { FIELD_SYNTAX } from './field-syntax.ts';
import { INTERIM } from './interim.ts';
import type { HostileRow } from './row.ts';
import { SIZES } from './sizes.ts';
import { STATUS_LINE } from './status-line.ts';
import { PERSISTENCE, SURPLUS } from './surplus.ts';
import { TRAILERS } from './trailers.ts';
import { TRANSFER_ENCODING } from './transfer-encoding.ts';

/** Rows of one kind. */
export interface HostileTable {
  readonly name: string;
  readonly rows: readonly HostileRow[];
}

/** All that a peer may answer and that must not harm. */
export const HOSTILE_TABLES: readonly HostileTable[] = [
  { name: 'Content-Length', rows: CONTENT_LENGTH },
  { name: 'Transfer-Encoding', rows: TRANSFER_ENCODING },
  { name: 'chunks', rows: CHUNKS },
  { name: 'trailers', rows: TRAILERS },
  { name: 'fields and line endings', rows: FIELD_SYNTAX },
  { name: 'the status line', rows: STATUS_LINE },
  { name: 'sizes', rows: SIZES },
  { name: 'interim responses', rows: INTERIM },
  { name: 'responses without a body', rows: BODILESS },
  { name: 'surplus bytes', rows: SURPLUS },
  { name: 'persistence', rows: PERSISTENCE },
  { name: 'an early end', rows: EARLY_END },
];
