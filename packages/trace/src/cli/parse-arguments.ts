import { parseArgs } from 'node:util';

import { DEFAULT_TIMEOUT_MS, LIMITS } from './limits.ts';
import type { Plan, ProxyChoice, RequestData } from './plan.ts';
import { printable } from './printable.ts';

/** What the arguments ask for. */
export type Arguments =
  | { readonly kind: 'help' }
  | { readonly kind: 'version' }
  | { readonly kind: 'run'; readonly plan: Plan }
  | { readonly kind: 'usage-error'; readonly message: string };

const OPTIONS = {
  'requests': { type: 'string', short: 'n' },
  'concurrency': { type: 'string', short: 'c' },
  'request': { type: 'string', short: 'X' },
  'header': { type: 'string', short: 'H', multiple: true },
  'data': { type: 'string', short: 'd' },
  'http2': { type: 'boolean' },
  'http1.1': { type: 'boolean' },
  'insecure': { type: 'boolean', short: 'k' },
  'timeout': { type: 'string' },
  'proxy': { type: 'string' },
  'no-proxy': { type: 'boolean' },
  'unix': { type: 'string' },
  'no-keepalive': { type: 'boolean' },
  'har': { type: 'string' },
  'html': { type: 'string' },
  'fail': { type: 'boolean', short: 'f' },
  'include': { type: 'boolean', short: 'i' },
  'json': { type: 'boolean' },
  'quiet': { type: 'boolean', short: 'q' },
  'color': { type: 'boolean' },
  'no-color': { type: 'boolean' },
  'version': { type: 'boolean', short: 'V' },
  'help': { type: 'boolean', short: 'h' },
} as const;

/** Says why the arguments cannot be used, in one line. */
class UsageError extends Error {}

/** What `args` ask for, the name of the program left out. No message holds the value of a header or the userinfo of a URL. */
export function parseArguments(args: readonly string[]): Arguments {
  try {
    return understand(args);
  } catch (error) {
    if (error instanceof UsageError) return { kind: 'usage-error', message: error.message };
    // parseArgs throws TypeErrors of several lines, of which the first says it.
    if (!(error instanceof TypeError)) throw error;
    const [line = ''] = error.message.split('\n', 1);
    const [sentence = line] = line.split('. To specify', 1);
    const message = sentence.replace(/\.$/, '').replace(/is ambiguous$/, 'is ambiguous: write --option=value where it begins with a dash');
    return { kind: 'usage-error', message: printable(message) };
  }
}

function understand(args: readonly string[]): Arguments {
  const { values, positionals } = parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
  if (values.help === true) return { kind: 'help' };
  if (values.version === true) return { kind: 'version' };
  return { kind: 'run', plan: planOf(values, positionals) };
}

type Values = ReturnType<typeof parseArgs<{ readonly options: typeof OPTIONS }>>['values'];

function planOf(values: Values, positionals: readonly string[]): Plan {
  const isQuiet = values.quiet === true;
  const plan: Plan = {
    url: urlOf(positionals),
    method: values.request,
    headers: (values.header ?? []).map(headerOf),
    data: values.data === undefined ? undefined : dataOf(values.data),
    requests: wholeNumber('-n', values.requests ?? '1', 1, LIMITS.requests),
    concurrency: wholeNumber('-c', values.concurrency ?? '1', 1, LIMITS.concurrency),
    timeoutMs: wholeNumber('--timeout', values.timeout ?? String(DEFAULT_TIMEOUT_MS), 0, LIMITS.timeoutMs),
    protocol: protocolOf(values),
    isInsecure: values.insecure === true,
    keepsAlive: values['no-keepalive'] !== true,
    proxy: proxyOf(values),
    unixPath: values.unix,
    harFile: fileOf('--har', values.har),
    htmlFile: fileOf('--html', values.html),
    failsOnStatus: values.fail === true,
    report: reportOf(values.json === true, isQuiet),
    showsAllHeaders: values.include === true,
    isQuiet,
    colour: values['no-color'] === true ? false : values.color,
  };
  if (plan.harFile !== undefined && plan.harFile === plan.htmlFile) throw new UsageError('--har and --html: expected two files');
  return plan;
}

function urlOf(positionals: readonly string[]): string {
  const [url, ...more] = positionals;
  if (url === undefined || url === '') throw new UsageError('expected a URL');
  if (more.length > 0) throw new UsageError(`expected one URL, and there are ${positionals.length} arguments that are no options`);
  // As curl has it. `localhost:8080` would be a URL whose scheme is `localhost`.
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(url) ? url : `http://${url}`;
}

function headerOf(text: string, at: number): readonly [string, string] {
  const colonAt = text.indexOf(':');
  // What stands there instead may be a value that lacks its name.
  if (colonAt < 1) throw new UsageError(`-H: expected 'Name: value', and the ${ordinal(at + 1)} has no name`);
  return [text.slice(0, colonAt), text.slice(colonAt + 1).trim()];
}

function dataOf(text: string): RequestData {
  if (!text.startsWith('@')) return { kind: 'text', text };
  if (text === '@') throw new UsageError('-d: expected the name of a file after @');
  return { kind: 'file', path: text.slice(1) };
}

function protocolOf(values: Values): Plan['protocol'] {
  if (values.http2 === true && values['http1.1'] === true) throw new UsageError('--http2 and --http1.1: expected one of them');
  if (values.http2 === true) return 'http2';
  return values['http1.1'] === true ? 'http1' : 'any';
}

function proxyOf(values: Values): ProxyChoice {
  if (values.proxy === undefined) return { kind: values['no-proxy'] === true || values.unix !== undefined ? 'none' : 'environment' };
  if (values['no-proxy'] === true) throw new UsageError('--proxy and --no-proxy: expected one of them');
  if (values.unix !== undefined) throw new UsageError('--proxy and --unix: expected one of them');
  if (values.proxy === '') throw new UsageError('--proxy: expected a URL');
  return { kind: 'url', url: values.proxy };
}

function fileOf(option: string, path: string | undefined): string | undefined {
  if (path === '') throw new UsageError(`${option}: expected the name of a file`);
  // Elsewhere it stands for the standard output, which has the report.
  if (path === '-') throw new UsageError(`${option}: expected the name of a file, and - is none (./- is)`);
  return path;
}

function reportOf(isJson: boolean, isQuiet: boolean): Plan['report'] {
  if (isJson) return 'json';
  return isQuiet ? 'none' : 'text';
}

function wholeNumber(option: string, text: string, least: number, most: number): number {
  const number = /^\d{1,9}$/.test(text) ? Number(text) : NaN;
  if (number >= least && number <= most) return number;
  throw new UsageError(`${option}: expected a whole number from ${least} to ${most}`);
}

function ordinal(number: number): string {
  const last = number % 10;
  if (last === 1 && number % 100 !== 11) return `${number}st`;
  if (last === 2 && number % 100 !== 12) return `${number}nd`;
  return last === 3 && number % 100 !== 13 ? `${number}rd` : `${number}th`;
}
