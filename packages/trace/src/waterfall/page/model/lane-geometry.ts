import type { Lane, Use } from './lanes.ts';

const PADDING = 6;
const LOWEST_LANE = 26;

/** How high one of a lane's lines is, in pixels: the more requests there were at once the thinner. */
export function levelHeight(depth: number): number {
  return depth === 1 ? LOWEST_LANE - 2 * PADDING : Math.min(8, Math.max(0.5, 110 / depth));
}

export function laneHeight(depth: number): number {
  return Math.max(LOWEST_LANE, Math.ceil(depth * levelHeight(depth)) + 2 * PADDING);
}

/** Where the first line begins: a lane's lines are in its middle. */
export function firstLevelTop(depth: number): number {
  return (laneHeight(depth) - depth * levelHeight(depth)) / 2;
}

/** The exchange at a time and height of a lane, or the one that is nearest within `slackMs` on the same line. */
export function useAt(lane: Lane, atMs: number, top: number, slackMs: number): Use | undefined {
  const level = Math.floor((top - firstLevelTop(lane.depth)) / levelHeight(lane.depth));
  const distance = ({ startMs, endMs }: Use): number => Math.max(startMs - atMs, atMs - endMs, 0);
  let nearest: Use | undefined;
  for (const use of lane.uses) {
    if (use.level !== level || distance(use) > slackMs) continue;
    if (nearest === undefined || distance(use) < distance(nearest)) nearest = use;
  }
  return nearest;
}

/** The idle gap at a time. */
export function gapAt({ idle }: Lane, atMs: number): readonly [fromMs: number, toMs: number] | undefined {
  return idle.find(([from, to]) => from <= atMs && atMs < to);
}
