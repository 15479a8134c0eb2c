/** Like `12.3 ms`, `1.2 s`. @param ms In milliseconds. */
export function formatTime(ms: number): string {
  return ms < 1_000 ? `${ms.toFixed(1)} ms` : `${(ms / 1_000).toFixed(1)} s`;
}
