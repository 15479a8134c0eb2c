import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';

import type { Sample } from './judge.ts';

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['\\', '\\\\'],
  ['\r', String.raw`\r`],
  ['\n', String.raw`\n`],
  ['\0', String.raw`\0`],
  ['\t', String.raw`\t`],
]);

/** A sample as text: the method on the first line, then its bytes, a character a byte, escaped as in JavaScript. The line breaks of the text mean nothing. */
export function toText({ method, bytes }: Sample): string {
  const escaped = bytes.replaceAll(
    /[^ -[\]-~]/g,
    (byte) => ESCAPES.get(byte) ?? String.raw`\x${byte.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
  return `${method}\n${escaped.replaceAll(String.raw`\n`, '\\n\n')}\n`;
}

/** @throws SyntaxError when it is not such a text. */
export function fromText(text: string): Sample {
  const [method = '', ...lines] = text.split('\n');
  const bytes = lines.join('').replaceAll(/\\(x[0-9a-f]{2}|.)/g, (_, escape: string) => unescaped(escape));
  if (!/^[A-Z]+$/.test(method)) throw new SyntaxError(`not a method: ${method}`);
  return { method, bytes };
}

function unescaped(escape: string): string {
  if (escape.startsWith('x')) return String.fromCharCode(Number.parseInt(escape.slice(1), 16));
  for (const [byte, text] of ESCAPES) if (text === `\\${escape}`) return byte;
  throw new SyntaxError(`not an escape: \\${escape}`);
}

/** The folder of responses that are kept. */
export const CORPUS: URL = new URL('../corpus/', import.meta.url);

/** The folder of samples that show a fault; what is mended moves to the other. */
export const FOUND: URL = new URL('../found/', import.meta.url);

/** Those that are kept in a folder, in an order that does not change. */
export function keptSamples(folder: URL): Sample[] {
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder).toSorted();
  return names.map((name) => fromText(readFileSync(new URL(name, folder), 'utf8')));
}

/** Puts a sample's text in a file that is called by what is in it. @returns where that is. */
export function writeSample(folder: URL, text: string): string {
  const file = new URL(`${createHash('sha256').update(text).digest('hex').slice(0, 12)}.txt`, folder);
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, text);
  return relative(process.cwd(), fileURLToPath(file));
}
