import { FLOW_CONTROL } from './flow-control.ts';
import { FRAME_LAYER } from './frame-layer.ts';
import { HPACK } from './hpack.ts';
import { MESSAGES } from './messages.ts';
import { PREFACE } from './preface.ts';
import type { FrameRow } from './row.ts';
import { SETTINGS } from './settings.ts';
import { STREAMS } from './streams.ts';

/** Rows of one kind. */
export interface FrameTable {
  readonly name: string;
  readonly rows: readonly FrameRow[];
}

/** All that a peer may say over HTTP/2 and that must not harm. */
export const FRAME_TABLES: readonly FrameTable[] = [
  { name: 'the beginning', rows: PREFACE },
  { name: 'the frame layer', rows: FRAME_LAYER },
  { name: 'settings', rows: SETTINGS },
  { name: 'streams', rows: STREAMS },
  { name: 'flow control', rows: FLOW_CONTROL },
  { name: 'HPACK', rows: HPACK },
  { name: 'messages', rows: MESSAGES },
];
