import type { LookupAddress } from 'node:dns';
import { isIP } from 'node:net';

import { asError } from './as-error.ts';

/** What an address is to be connected to for. */
export interface AddressTarget {
  /** The name that was resolved, or the address itself where the URL has one. */
  readonly hostname: string;
  readonly port: number;
  readonly family: 4 | 6;
}

/**
 * Whether a connection to `address` may be opened: `true` allows it, anything else refuses it. It is asked within the call, so a promise is a refusal.
 * An IPv4 address in IPv6 clothes (`::ffff:127.0.0.1`) is asked for as what is connected to: `127.0.0.1`, family 4.
 */
export type AllowAddress = (address: string, target: AddressTarget) => boolean;

/** No address that a name has, or the one that was given, may be connected to. */
export class AddressRefused extends Error {
  override readonly name: string = 'AddressRefused';
}

/** Those of `addresses` that `allow` lets through. @throws AddressRefused where none is left. */
export function allowedAddresses(
  addresses: readonly LookupAddress[],
  allow: AllowAddress,
  target: { readonly hostname: string; readonly port: number },
): LookupAddress[] {
  let cause: unknown;
  const allowed = addresses.filter(({ address }) => {
    try {
      return isAllowed(address, allow, target);
    } catch (error) {
      // A guard that fails has not allowed anything.
      cause = error;
      return false;
    }
  });
  if (allowed.length > 0) return allowed;
  const which = addresses.map(({ address }) => address).join(', ');
  throw new AddressRefused(`allowAddress refuses ${which}`, cause === undefined ? undefined : { cause });
}

function isAllowed(
  address: string,
  allow: AllowAddress,
  { hostname, port }: { readonly hostname: string; readonly port: number },
): boolean {
  const asked = unmapped(address);
  const answer: unknown = allow(asked, { hostname, port, family: isIP(asked) === 4 ? 4 : 6 });
  if (answer instanceof Promise) {
    answer.catch(asError);
    throw new TypeError('allowAddress gave a promise: it must answer within the call');
  }
  return answer === true;
}

const MAPPED = /^\[::ffff:([\da-f]{1,4}):([\da-f]{1,4})\]$/;

/** RFC 4291 §2.5.5.2, however it is written. */
function unmapped(address: string): string {
  if (isIP(address) !== 6) return address;
  const [, high, low] = MAPPED.exec(URL.parse(`http://[${address.split('%', 1)[0]}]`)?.hostname ?? '') ?? [];
  if (high === undefined || low === undefined) return address;
  const bits = Number.parseInt(high, 16) * 0x1_0000 + Number.parseInt(low, 16);
  return [24, 16, 8, 0].map((shift) => (bits >>> shift) & 0xff).join('.');
}
