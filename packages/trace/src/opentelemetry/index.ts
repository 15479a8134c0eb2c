/// <reference types="node" preserve="true" />
export { openTelemetry } from './open-telemetry.ts';
export type { OpenTelemetryOptions, OptInAttribute } from './options.ts';
export { countResends } from './resends.ts';
export type { SpanEventKind } from './span-events.ts';
