import { ipBytes, withoutMapping } from '../contract/ip-address.ts';

/** Whether a host, as a URL has it (brackets aside), is to be reached without a proxy. */
export type ProxyBypass = (hostname: string, port: number) => boolean;

type Rule = (host: Host, port: number) => boolean;

/** A host in one of the two forms that rules are about, however it was written. */
interface Host {
  readonly name: string;
  readonly address: Uint8Array | undefined;
}

/**
 * The rules of `NO_PROXY`, as Go's x/net/http/httpproxy has them: names with those under them, `.name` and `*.name` for those under it only, addresses,
 * ranges (CIDR), each but the last with a port if need be, and `*`. The machine itself, by name or address, is never reached by a proxy.
 * Both sides are brought to one form first: to match them as they are written lets `localhost.` or `[::ffff:127.0.0.1]` by (CVE-2025-62718).
 */
export function proxyBypass(list: string): ProxyBypass {
  const rules = list.split(/[,\s]+/).flatMap((entry) => ruleOf(entry) ?? []);
  return (hostname, port) => {
    const host = normalised(hostname);
    return isThisMachine(host) || rules.some((rule) => rule(host, port));
  };
}

function normalised(hostname: string): Host {
  const bytes = ipBytes(hostname);
  return { name: hostname.toLowerCase().replace(/\.$/, ''), address: bytes === undefined ? undefined : withoutMapping(bytes) };
}

function isThisMachine({ name, address }: Host): boolean {
  if (address === undefined) return name === 'localhost';
  return address.length === 4 ? address[0] === 127 : address.every((byte, at) => byte === (at === 15 ? 1 : 0));
}

function ruleOf(entry: string): Rule | undefined {
  if (entry === '') return undefined;
  if (entry === '*') return () => true;
  return /[/?#@\\]/.test(entry) ? rangeRule(entry) : hostRule(entry);
}

/** `10.0.0.0/8`, `2001:db8::/32`. */
function rangeRule(entry: string): Rule | undefined {
  const [, text = '', digits] = /^(.*)\/(\d{1,3})$/.exec(entry) ?? [];
  const whole = addressOf(text);
  if (digits === undefined || whole === undefined) return undefined;
  const range = withoutMapping(whole);
  const bits = Number(digits) - (whole.length - range.length) * 8;
  if (bits < 0 || bits > range.length * 8) return undefined;
  return ({ address }) => address !== undefined && address.length === range.length && startsAlike(address, range, bits);
}

function startsAlike(one: Uint8Array, other: Uint8Array, bits: number): boolean {
  return one.every((byte, at) => {
    const compared = Math.max(0, Math.min(8, bits - at * 8));
    return ((byte ^ (other[at] ?? 0)) & (0xff00 >> compared) & 0xff) === 0;
  });
}

/** An address as anybody may write it: in brackets or not, in decimal, octal or hexadecimal. */
function addressOf(text: string): Uint8Array | undefined {
  const bare = text.startsWith('[') && text.endsWith(']') ? text.slice(1, -1) : text;
  const host = URL.parse(`http://${bare.includes(':') ? `[${bare}]` : bare}/`)?.hostname ?? '';
  return ipBytes(host.startsWith('[') ? host.slice(1, -1) : host);
}

/** `example.com`, `.example.com:8080`, `192.0.2.1`, `[2001:db8::1]:443`. */
function hostRule(entry: string): Rule | undefined {
  const whole = addressOf(entry);
  const [, host = '', digits] = whole === undefined ? (/^(.*):(\d{1,5})$/.exec(entry) ?? [undefined, entry]) : [undefined, entry];
  const port = digits === undefined ? undefined : Number(digits);
  const address = whole ?? addressOf(host);
  const matches = address === undefined ? nameRule(host) : addressRule(withoutMapping(address));
  return matches === undefined ? undefined : (one, onePort) => (port === undefined || port === onePort) && matches(one, onePort);
}

function addressRule(rule: Uint8Array): Rule {
  return ({ address }) => address !== undefined && address.length === rule.length && startsAlike(address, rule, rule.length * 8);
}

function nameRule(text: string): Rule | undefined {
  const [, dot, rest = ''] = /^(\*?\.)?(.*)$/.exec(text) ?? [];
  const name = normalised(URL.parse(`http://${rest}/`)?.hostname ?? '').name;
  if (name === '' || name.includes('[')) return undefined;
  // A zone's name, as in `[::1%25.example.com]`, is no host's (CVE-2025-22870): what has a colon is an address, and matches no name.
  return (host) =>
    host.address === undefined && !host.name.includes(':') && ((dot === undefined && host.name === name) || host.name.endsWith(`.${name}`));
}
