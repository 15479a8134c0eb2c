import type { Segment } from '../page-data.ts';
import { sizedContext } from './dom.ts';
import { formatMs } from './model/format.ts';
import { firstLevelTop, laneHeight, levelHeight } from './model/lane-geometry.ts';
import type { Lane, Use } from './model/lanes.ts';
import { spanOf, type TimeView } from './model/time-view.ts';
import type { Palette } from './palette.ts';

export interface LaneAxis {
  readonly view: TimeView;
  readonly width: number;
  readonly palette: Palette;
}

/** Which of a lane's exchanges stand out. */
export interface LaneEmphasis {
  /** The places of those that pass the filter: others are pale. */
  readonly shown: ReadonlySet<number>;
  readonly selected: number | undefined;
}

/** What one drawing is made with. */
interface Brush {
  readonly context: CanvasRenderingContext2D;
  readonly axis: LaneAxis;
  readonly x: (atMs: number) => number;
}

const FONT = '10.5px system-ui, sans-serif';
const SET_UP_HEIGHT = 8;
/** What is narrower than this is drawn this wide; where the one before it reaches there it is left out. */
const NARROWEST = 1;

/** The life of a connection: its dial, its exchanges on as many lines as there were at once, a thin line while it was idle, and its end with the reason. */
export function drawLane(canvas: HTMLCanvasElement, lane: Lane, axis: LaneAxis, emphasis: LaneEmphasis): void {
  const context = sizedContext(canvas, axis.width, laneHeight(lane.depth));
  if (context === undefined) return;
  const { view, width } = axis;
  const brush: Brush = { context, axis, x: (atMs) => ((atMs - view.fromMs) / spanOf(view)) * width };
  drawDial(brush, lane);
  drawIdle(brush, lane);
  drawUses(brush, lane, emphasis);
  drawEnd(brush, lane);
}

function fillSpan({ context, axis, x }: Brush, [, from, to]: Segment, top: number, height: number): void {
  const left = Math.max(x(from), -2);
  const right = Math.min(Math.max(x(to), left + NARROWEST), axis.width + 2);
  if (right > left) context.fillRect(left, top, right - left, height);
}

function drawDial(brush: Brush, { dial, depth }: Lane): void {
  const top = (laneHeight(depth) - SET_UP_HEIGHT) / 2;
  for (const step of dial) {
    brush.context.fillStyle = brush.axis.palette.phases[step[0]] ?? brush.axis.palette.muted;
    fillSpan(brush, step, top, SET_UP_HEIGHT);
  }
}

function drawIdle(brush: Brush, { idle, depth }: Lane): void {
  const { context, axis, x } = brush;
  const middle = laneHeight(depth) / 2;
  for (const [from, to] of idle) {
    context.fillStyle = axis.palette.line;
    fillSpan(brush, [0, from, to], middle - 0.75, 1.5);
    const left = Math.max(x(from), 0);
    const room = Math.min(x(to), axis.width) - left;
    if (room > 90) drawText(brush, `idle ${formatMs(to - from)}`, left + room / 2, middle);
  }
}

/** On a patch of the background, so that a line behind it does not cross it out. */
function drawText({ context, axis }: Brush, text: string, centre: number, middle: number): void {
  context.font = FONT;
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  const half = context.measureText(text).width / 2 + 5;
  context.fillStyle = axis.palette.background;
  context.fillRect(centre - half, middle - 7, half * 2, 14);
  context.fillStyle = axis.palette.muted;
  context.fillText(text, centre, middle);
}

function drawUses(brush: Brush, lane: Lane, { shown, selected }: LaneEmphasis): void {
  const { context, axis, x } = brush;
  const reached: number[] = [];
  for (const use of lane.uses) {
    const right = x(use.endMs);
    if (right < 0 || x(use.startMs) > axis.width || right < (reached[use.level] ?? -Infinity)) continue;
    reached[use.level] = Math.max(right, x(use.startMs) + NARROWEST);
    context.globalAlpha = shown.has(use.exchange) ? 1 : 0.18;
    drawUse(brush, lane, use);
  }
  context.globalAlpha = 1;
  const chosen = selected === undefined ? [] : lane.uses.filter(({ exchange }) => exchange === selected);
  for (const use of chosen) outline(brush, lane, use);
}

function drawUse(brush: Brush, { depth }: Lane, { attempt, startMs, endMs, level }: Use): void {
  const { context, axis, x } = brush;
  const height = levelHeight(depth);
  const top = firstLevelTop(depth) + level * height;
  // Neighbours stay apart while there is room for it.
  const inner = height > 4 ? height - 1 : height;
  for (const segment of attempt.segments) {
    if (segment[2] <= startMs) continue;
    context.fillStyle = axis.palette.phases[segment[0]] ?? axis.palette.muted;
    fillSpan(brush, [segment[0], Math.max(segment[1], startMs), segment[2]], top, inner);
  }
  const isApart = x(endMs) - x(startMs) > 4 && depth === 1;
  if (isApart) {
    context.fillStyle = axis.palette.background;
    context.fillRect(x(endMs) - 0.5, top, 1, inner);
  }
  if (attempt.error === undefined) return;
  context.fillStyle = axis.palette.bad;
  context.fillRect(x(endMs) - 2, top, 3, inner);
}

function outline(brush: Brush, { depth }: Lane, { startMs, endMs, level }: Use): void {
  const { context, axis, x } = brush;
  const height = levelHeight(depth);
  const left = Math.max(x(startMs), -4);
  const right = Math.min(Math.max(x(endMs), left + 3), axis.width + 4);
  context.lineWidth = 2;
  context.strokeStyle = axis.palette.text;
  context.strokeRect(left - 1, firstLevelTop(depth) + level * height - 1, right - left + 2, Math.max(height, 3) + 1);
}

/** A bar across the lane, with the reason beside it where there is room; a connection that is open goes on to the edge. */
function drawEnd({ context, axis, x }: Brush, { connection, depth }: Lane): void {
  if (connection.closedMs === undefined) return;
  const at = x(connection.closedMs);
  const height = laneHeight(depth);
  context.fillStyle = axis.palette.bad;
  context.fillRect(at - 1, 4, 2, height - 8);
  context.font = FONT;
  const text = connection.reason ?? 'closed';
  if (at < -100 || at + context.measureText(text).width + 8 > axis.width) return;
  context.textAlign = 'left';
  context.textBaseline = 'middle';
  context.fillText(text, at + 6, height / 2);
}
