import type { Reading } from './reading.ts';

/** The same bytes, read twice. */
export interface Compared {
  readonly bytes: string;
  readonly ours: Reading;
  readonly theirs: Reading;
}

/** Where our reader may come to another end than llhttp does, and why. */
export interface AllowedDifference {
  readonly fact: string;
  /** The section that says so, or the decision that goes beyond it. */
  readonly reason: string;
  readonly allows: (compared: Compared) => boolean;
  /** The same message without what they differ over, which both must read as we read this one. */
  readonly rewrite?: (bytes: string) => string;
}

/** We refuse, for a reason that we gave in these words. */
function weRefuse(why: RegExp): AllowedDifference['allows'] {
  return ({ ours }) => ours.verdict === 'refused' && why.test(ours.why);
}

/** llhttp refuses, for a reason that it gave in these words, and something in the bytes is what it refuses. */
function theyRefuse(why: RegExp, bytes: RegExp): AllowedDifference['allows'] {
  return (compared) => compared.theirs.verdict === 'refused' && why.test(compared.theirs.why) && bytes.test(compared.bytes);
}

/** `bytes` with `rewrite` applied to the head of the final response, where that comes first. */
function inHead(rewrite: (head: string) => string): (bytes: string) => string {
  return (bytes) => {
    const end = bytes.indexOf('\r\n\r\n');
    return end === -1 || INTERIM.test(bytes) ? bytes : rewrite(bytes.slice(0, end + 2)) + bytes.slice(end + 2);
  };
}

const INTERIM = /HTTP\/1\.\d 1\d\d/;

/** Ours are the stricter rules. */
const REFUSED_BY_US: readonly AllowedDifference[] = [
  {
    fact: 'a length or a chunk size of 2^53 or more',
    reason: 'RFC 9112 §7.1: what a recipient cannot represent must not overflow; llhttp counts in 64 bits and waits for the bytes',
    allows: weRefuse(/not a decimal number below 2\^53|chunk's size is 2\^53 or more/),
  },
  {
    fact: 'a transfer coding that is not chunked alone',
    reason: 'RFC 9112 §6.1: we sent no TE, so nobody may apply one; llhttp hands the coded bytes to its caller',
    allows: (compared) =>
      weRefuse(/the transfer coding is not "chunked"/)(compared) &&
      /Transfer-Encoding:(?![ \t]*chunked[ \t]*\r)|(?:Transfer-Encoding:[^]*){2}/i.test(compared.bytes),
  },
  {
    fact: 'a version that is not HTTP/1.x, or something before the status line',
    reason:
      'RFC 9112 §2.3 and §2.2: only a server may skip an empty line; llhttp takes HTTP/0.9, HTTP/2.0, RTSP and any number of empty lines',
    allows: weRefuse(/does not start with "HTTP\/1\."/),
  },
  {
    fact: 'a status below 100',
    reason: 'RFC 9110 §15: three digits, the first of them 1 to 5',
    allows: weRefuse(/not a number of three digits/),
  },
  {
    fact: 'a control character in the reason',
    reason: 'RFC 9112 §4: reason-phrase is HTAB, SP, VCHAR and obs-text',
    allows: weRefuse(/0x[0-9a-f]{2} in the status line/),
  },
  {
    fact: 'a switch of protocols that nobody asked for',
    reason: 'RFC 9110 §7.8: a server must not',
    allows: weRefuse(/switches protocols \(101\)/),
  },
  {
    fact: 'more than our limits take',
    reason:
      'RFC 9110 §2.3, §17: limits are the recipient’s to set; llhttp has one for bytes, and node one for fields that drops them in silence',
    allows: weRefuse(/^response-limit/),
  },
];

/** Theirs are the stricter rules. */
const REFUSED_BY_THEM: readonly AllowedDifference[] = [
  {
    fact: 'the same Content-Length again',
    reason: 'RFC 9112 §6.3 rule 5: may be taken as one; we do, and do not reuse the connection',
    allows: (compared) =>
      theyRefuse(/Duplicate Content-Length|Invalid character in Content-Length/, /Content-Length:/i)(compared) &&
      isOneLength(compared.ours),
  },
  {
    fact: 'Transfer-Encoding and Content-Length together',
    reason: 'RFC 9112 §6.3 rule 3: chunked wins; we do not reuse the connection',
    allows: theyRefuse(/can't be present with/, /Transfer-Encoding:/i),
    rewrite: inHead((head) => head.replaceAll(/(?<=\r\n)Content-Length:[^\r]*\r\n/gi, '')),
  },
  {
    fact: 'an element without a value among the transfer codings',
    reason: 'RFC 9110 §5.6.1: a recipient must ignore empty list elements',
    allows: theyRefuse(/Empty Transfer-Encoding/, /Transfer-Encoding:/i),
  },
  {
    fact: 'framing fields of an interim response, or that it says close',
    reason: 'RFC 9112 §6.3 rule 1: it has no body, whatever its fields say; the final response says whether the connection stays',
    allows: theyRefuse(/Content-Length|Transfer-Encoding|Data after `Connection: close`/, INTERIM),
  },
  {
    fact: 'a field that is folded',
    reason: 'RFC 9112 §5.2: a user agent must replace a fold by spaces; the fields that frame or route are refused by us too',
    allows: (compared) =>
      theyRefuse(/Unexpected whitespace after header value/, /\r\n[ \t]/)(compared) ||
      theyRefuse(/Invalid header value char/, /:[ \t]*\r\n[ \t]/)(compared),
    rewrite: inHead((head) => head.replaceAll(/\r\n[ \t]+/g, ' ')),
  },
  {
    fact: 'whitespace before a chunk extension',
    reason: 'RFC 9112 §7.1.1: BWS must be parsed and removed',
    allows: theyRefuse(/Invalid character in chunk size/, /[0-9a-f][ \t]+(?:;|$)/i),
  },
  {
    fact: 'a chunk extension that is not as the grammar has it',
    reason:
      'RFC 9112 §7.1.1: to be ignored; it ends with the line in every reading, and no byte that could end the line for another parser may stand in it',
    allows: theyRefuse(/chunk extension/, /[0-9a-f][ \t]*;/i),
  },
  {
    fact: 'a later minor version',
    reason: 'RFC 9110 §2.5: to be read as the highest that is known; we do not reuse the connection',
    allows: theyRefuse(/Invalid HTTP version/, /HTTP\/1\.[2-9]/),
    rewrite: inHead((head) => head.replace(/^HTTP\/1\.[2-9]/, 'HTTP/1.1')),
  },
  {
    fact: 'a head, or chunk extensions, of more than 16 KiB',
    reason: 'RFC 9110 §2.3: limits are the recipient’s to set; ours is 64 KiB for heads',
    allows: theyRefuse(/overflow/i, /[^]{16384}/),
  },
];

/** Neither has an answer. */
const NO_ANSWER: readonly AllowedDifference[] = [
  {
    fact: 'the end within a head that could not become one',
    reason: 'RFC 9112 §8: there is no answer either way; we judge the status line and the framing once they are whole',
    allows: ({ ours, theirs }) =>
      ours.verdict !== 'complete' && theirs.verdict !== 'complete' && ours.status === undefined && theirs.status === undefined,
  },
];

/** The fields that we leave out of trailers (RFC 9110 §6.5.1). */
const NO_TRAILERS =
  /^(?:transfer-encoding|content-length|content-encoding|content-type|content-range|trailer|host|connection|upgrade|te|location|authorization|proxy-authorization|www-authenticate|proxy-authenticate|set-cookie|cookie|cache-control|vary|age|expires|date|retry-after)$/i;

/** Both read them, and something else. */
const READ_OTHERWISE: readonly AllowedDifference[] = [
  {
    fact: 'trailers that frame, route or authenticate are left out',
    reason: 'RFC 9110 §6.5.1: must not be merged, and may be discarded',
    allows: ({ ours, theirs }) => {
      const left = theirs.trailers.filter(([name]) => !NO_TRAILERS.test(name));
      return (
        ours.verdict === theirs.verdict && alikeBut('trailers', ours, theirs) && JSON.stringify(left) === JSON.stringify(ours.trailers)
      );
    },
  },
  {
    fact: 'chunked with an empty list element or whitespace behind it is chunked',
    reason: 'RFC 9110 §5.6.1, RFC 9112 §5: neither is part of the value; llhttp hands the chunks to its caller as they are',
    allows: ({ bytes, ours, theirs }) =>
      theirs.verdict === 'complete' &&
      /Transfer-Encoding:[^\r\n]*chunked[ \t]*[, \t][, \t]*\r/i.test(bytes) &&
      alikeBut('body', { ...ours, trailers: [] }, theirs),
  },
];

/** Several lengths, all the same. */
function isOneLength({ fields }: Reading): boolean {
  const values = fields.flatMap(([name, value]) =>
    name.toLowerCase() === 'content-length' ? value.split(',').map((part) => Number(part)) : [],
  );
  return values.length > 1 && new Set(values).size === 1;
}

function alikeBut(part: keyof Reading, ours: Reading, theirs: Reading): boolean {
  const blank = { [part]: undefined, verdict: undefined, why: undefined };
  return JSON.stringify({ ...ours, ...blank }) === JSON.stringify({ ...theirs, ...blank });
}

/** All of them. The first that fits is named. */
export const ALLOWED_DIFFERENCES: readonly AllowedDifference[] = [...REFUSED_BY_US, ...REFUSED_BY_THEM, ...NO_ANSWER, ...READ_OTHERWISE];
