import type { Random } from './random.ts';

/** What parsers of HTTP stumble over. */
const WORDS: readonly string[] = [
  '\r\n',
  '\n',
  '\r',
  '\r\n\r\n',
  '\r\n ',
  '\r\n\t',
  '\0',
  ' ',
  '\t',
  ':',
  ',',
  ';',
  '"',
  '\\',
  '\x7f',
  '\x80',
  '\xff',
  'HTTP/1.1 ',
  'HTTP/1.0 ',
  'HTTP/1.1 200 OK\r\n',
  'HTTP/1.1 100 Continue\r\n\r\n',
  'HTTP/1.1 103 Early Hints\r\nA: b\r\n\r\n',
  '101',
  '204',
  '304',
  'Content-Length: ',
  'Content-Length: 2\r\n',
  'content-length:0\r\n',
  'Transfer-Encoding: chunked\r\n',
  'Transfer-Encoding: ',
  'chunked',
  'identity',
  'Connection: close\r\n',
  'Connection: keep-alive\r\n',
  'Upgrade: x\r\n',
  'Trailer: X\r\n',
  '0\r\n\r\n',
  '2\r\nok\r\n',
  '0\r\nX: y\r\n\r\n',
  ';a=b',
  ';a="b"',
  'ffffffffffffffff',
  '9007199254740992',
  '18446744073709551616',
  '00000000000000000000',
  '-1',
  '+2',
  '0x2',
  '1e1',
];

type Mutation = (bytes: string, random: Random, others: readonly string[]) => string;

const MUTATIONS: readonly Mutation[] = [
  // A byte becomes another, or one with a bit flipped.
  (bytes, random) => replaced(bytes, random.below(bytes.length), 1, String.fromCharCode(random.below(256))),
  (bytes, random) => {
    const at = random.below(bytes.length);
    return replaced(bytes, at, 1, String.fromCharCode((bytes.charCodeAt(at) || 0) ^ (1 << random.below(8))));
  },
  // A word comes in, or takes something's place.
  (bytes, random) => replaced(bytes, random.below(bytes.length + 1), 0, random.pick(WORDS)),
  (bytes, random) => replaced(bytes, random.below(bytes.length + 1), random.below(8), random.pick(WORDS)),
  // A piece goes, comes twice, or many times.
  (bytes, random) => replaced(bytes, random.below(bytes.length), 1 + random.below(12), ''),
  (bytes, random) => repeated(bytes, random, 2),
  (bytes, random) => repeated(bytes, random, 2 + random.below(30)),
  // A line goes to another place, or comes twice.
  (bytes, random) => {
    const lines = bytes.split('\r\n');
    const line = random.pick(lines);
    lines.splice(random.below(lines.length + 1), 0, line);
    return lines.join('\r\n');
  },
  // A number becomes another.
  (bytes, random) => {
    const numbers = [...bytes.matchAll(/\d+/g)];
    if (numbers.length === 0) return bytes;
    const number = random.pick(numbers);
    return replaced(
      bytes,
      number.index,
      number[0].length,
      random.pick(['0', '1', '2', '5', '16', '100', '999', '2147483648', '9007199254740993']),
    );
  },
  // Letters change their case.
  (bytes, random) => {
    const at = random.below(bytes.length);
    const piece = bytes.slice(at, at + 10);
    return replaced(bytes, at, 10, random.below(2) === 0 ? piece.toUpperCase() : piece.toLowerCase());
  },
  // The head of one and the rest of another.
  (bytes, random, others) => {
    const other = random.pick(others);
    return bytes.slice(0, random.below(bytes.length + 1)) + other.slice(random.below(other.length + 1));
  },
  (bytes, random) => bytes.slice(0, random.below(bytes.length + 1)),
];

const MAX_BYTES = 4_096;

/** `bytes` with one to four changes. @param others What to take pieces from. */
export function mutate(bytes: string, random: Random, others: readonly string[]): string {
  let mutated = bytes;
  for (let count = 1 + random.below(4); count > 0; count--) {
    mutated = random.pick(MUTATIONS)(mutated === '' ? 'H' : mutated, random, others);
  }
  return mutated.slice(0, MAX_BYTES);
}

function replaced(text: string, at: number, length: number, by: string): string {
  return text.slice(0, at) + by + text.slice(at + length);
}

function repeated(bytes: string, random: Random, times: number): string {
  const at = random.below(bytes.length);
  const piece = bytes.slice(at, at + 1 + random.below(40));
  return replaced(bytes, at, 0, piece.repeat(times - 1));
}
