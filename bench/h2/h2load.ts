import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { serverBinary } from '../../packages/core/test/servers/server-binary.ts';

const run = promisify(execFile);

/** nghttp2's load generator, in C: what the frames and TLS alone cost, with no API and next to no work on the answers. */
export interface H2load {
  readonly path: string;
}

/** Finds it, or installs Debian's package. @returns undefined where it is not, which is said on stderr. */
export async function findH2load(): Promise<H2load | undefined> {
  const binary = await serverBinary('h2load', 'nghttp2-client');
  return binary.isThere ? { path: binary.path } : undefined;
}

/** What a run of it came to. */
export interface H2loadRun {
  readonly succeeded: number;
  /** Of the bodies. */
  readonly dataBytes: number;
  readonly wallMs: number;
  readonly cpuMicros: number;
}

/** How many connections it may have, what it is to send, and where to. */
export interface H2loadPlan {
  readonly url: string;
  readonly requests: number;
  readonly concurrency: number;
  /** A file to be posted. */
  readonly bodyFile: string | undefined;
}

/** What bash's `time` prints: seconds of the user and of the system. */
const TIME_FORMAT = 'CPU %3U %3S';
const LIMIT_MS = 60_000;

/** Runs it over one connection, to the end. bash says what CPU time that took: Node does not know it of a child. @throws Error when it fails. */
export async function runH2load({ path }: H2load, { url, requests, concurrency, bodyFile }: H2loadPlan): Promise<H2loadRun> {
  const data = bodyFile === undefined ? [] : ['--data', bodyFile];
  const streams = Math.min(concurrency, requests);
  const args = ['-c', '1', '-m', String(streams), '-n', String(requests), '--tls13-ciphers=TLS_AES_256_GCM_SHA384', ...data, url];
  const env = { ...process.env, TIMEFORMAT: TIME_FORMAT };
  const { stdout, stderr } = await run('bash', ['-c', 'time "$0" "$@"', path, ...args], { env, timeout: LIMIT_MS });
  return readH2load(stdout, stderr);
}

/** @throws Error when it does not say what is expected of it. */
export function readH2load(stdout: string, stderr: string): H2loadRun {
  const [, finished = '', unit = ''] = found(/^finished in ([\d.]+)(us|ms|s),/m, stdout);
  const [, succeeded = ''] = found(/^status codes: (\d+) 2xx, 0 3xx, 0 4xx, 0 5xx$/m, stdout);
  const [, dataBytes = ''] = found(/\((\d+)\) data$/m, stdout);
  const [, user = '', system = ''] = found(/^CPU ([\d.]+) ([\d.]+)$/m, stderr);
  return {
    succeeded: Number(succeeded),
    dataBytes: Number(dataBytes),
    wallMs: Number(finished) * (MS_OF[unit] ?? Number.NaN),
    cpuMicros: Math.round((Number(user) + Number(system)) * 1_000_000),
  };
}

const MS_OF: Readonly<Record<string, number>> = { us: 0.001, ms: 1, s: 1_000 };

function found(pattern: RegExp, text: string): RegExpExecArray {
  const match = pattern.exec(text);
  if (match === null) throw new Error(`h2load has not said ${pattern.source}: ${text.slice(-500)}`);
  return match;
}
