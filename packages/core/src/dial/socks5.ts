import { ipBytes } from '../contract/ip-address.ts';
import type { ProxyCredentials } from '../contract/proxy.ts';
import type { Wire } from '../wire/wire.ts';
import { proxyFailed, proxyRefused } from './proxy-error.ts';
import { WireReader } from './wire-reader.ts';

/** Where a SOCKS server is to connect to. */
export interface SocksTarget {
  readonly hostname: string;
  readonly port: number;
}

const VERSION = 5;
const NO_AUTHENTICATION = 0;
const USERNAME_PASSWORD = 2;
const NONE_ACCEPTABLE = 0xff;
const SUBNEGOTIATION_VERSION = 1;
const CONNECT = 1;
const IPV4 = 1;
const DOMAIN_NAME = 3;
const IPV6 = 4;
const SUCCEEDED = 0;

/** RFC 1928 §6. */
const REPLIES: readonly string[] = [
  'succeeded',
  'general SOCKS server failure',
  'connection not allowed by ruleset',
  'network unreachable',
  'host unreachable',
  'connection refused',
  'TTL expired',
  'command not supported',
  'address type not supported',
];

/** RFC 1928 §5: the length of a name is a byte. */
const LONGEST_NAME_BYTES = 255;

/** The address of a request: what is no address is sent as a name, for the server to resolve. @throws ProxyError for a name that does not fit (CVE-2023-38545). */
export function socksAddress({ hostname, port }: SocksTarget): Uint8Array {
  const portBytes = [port >> 8, port & 0xff];
  const address = ipBytes(hostname);
  if (address !== undefined) return Uint8Array.of(address.length === 4 ? IPV4 : IPV6, ...address, ...portBytes);
  const name = Buffer.from(hostname);
  if (name.length > LONGEST_NAME_BYTES) {
    throw proxyFailed(`SOCKS takes a host name of at most ${LONGEST_NAME_BYTES} bytes, and this has ${name.length}`);
  }
  return Uint8Array.of(DOMAIN_NAME, name.length, ...name, ...portBytes);
}

/** Has a SOCKS5 server (RFC 1928) connect to `address`. @throws ProxyError */
export async function socksConnect(wire: Wire, address: Uint8Array, credentials: ProxyCredentials | undefined): Promise<void> {
  const reader = new WireReader(wire);
  const methods = credentials === undefined ? [NO_AUTHENTICATION] : [NO_AUTHENTICATION, USERNAME_PASSWORD];
  wire.write(Uint8Array.of(VERSION, methods.length, ...methods));
  const [version, method] = await reader.read(2);
  checkVersion(version);
  if (method === USERNAME_PASSWORD && credentials !== undefined) await authenticate(wire, reader, credentials);
  else if (method === NONE_ACCEPTABLE) throw proxyRefused('it accepts none of the authentication methods offered');
  else if (method !== NO_AUTHENTICATION) throw proxyFailed(`it chose the authentication method ${method}, which was not offered`);
  wire.write(Uint8Array.of(VERSION, CONNECT, 0, ...address));
  await readReply(reader);
  reader.finish();
}

function checkVersion(version: number | undefined): void {
  if (version !== VERSION) throw proxyFailed(`it speaks version ${version} of SOCKS, or something else: expected 5`);
}

/** RFC 1929. The lengths were checked when the proxy's URL was read. */
async function authenticate(wire: Wire, reader: WireReader, { username, password }: ProxyCredentials): Promise<void> {
  const [name, secret] = [Buffer.from(username), Buffer.from(password)];
  wire.write(Uint8Array.of(SUBNEGOTIATION_VERSION, name.length, ...name, secret.length, ...secret));
  const [version, status] = await reader.read(2);
  if (version !== SUBNEGOTIATION_VERSION) throw proxyFailed(`it speaks version ${version} of the authentication: expected 1`);
  if (status !== SUCCEEDED) throw proxyRefused('it refuses the user name or the password');
}

/** RFC 1928 §6. What address it is bound to there is of no use here, but has to be read. */
async function readReply(reader: WireReader): Promise<void> {
  const [version, reply = SUCCEEDED, , type] = await reader.read(4);
  checkVersion(version);
  // A server that refuses may leave the rest out.
  if (reply !== SUCCEEDED) throw proxyRefused(`it answered ${reply}: ${REPLIES[reply] ?? 'unknown reply'}`);
  switch (type) {
    case IPV4:
      await reader.read(4 + 2);
      break;
    case IPV6:
      await reader.read(16 + 2);
      break;
    case DOMAIN_NAME: {
      const [length = 0] = await reader.read(1);
      await reader.read(length + 2);
      break;
    }
    default:
      throw proxyFailed(`it answered with an address of the unknown type ${type}`);
  }
}
