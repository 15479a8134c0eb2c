import type { LookupAddress } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';

import { asError } from './as-error.ts';
import type { OpeningSteps } from './opening-steps.ts';

/** Resolves a name, in the form that `net.connect` takes. */
export type Lookup = LookupFunction;

type LookupCallback = Parameters<LookupFunction>[2];

/** Which of the addresses of a name are used. @throws what the opening fails with where it is none of them. */
export type ChooseAddresses = (addresses: readonly LookupAddress[]) => LookupAddress[];

/**
 * A lookup as `net.connect` can bear it. What is given to Node is a list of addresses or an error, once and never within the call:
 * an empty list, or one address where it asked for all, throws out of Node's own callback and ends the process, and of an answer within the call
 * the steps that follow go unheard.
 */
export function checkedLookup(lookup: Lookup, steps: OpeningSteps, choose: ChooseAddresses): Lookup {
  return (hostname, options, callback) =>
    process.nextTick(() => {
      if (steps.isOver) return;
      steps.resolve(hostname);
      const done = once((error, found) => {
        const addresses = error === null ? addressesOf(found) : [];
        const problem = error ?? problemOf(addresses, found);
        if (problem === undefined) steps.resolved(addresses.map((one) => one.address));
        else steps.fail(problem);
        if (!steps.isOver) answer(callback, options.all === true, problem ?? chosen(choose, addresses));
      });
      const refuse = (error: unknown): void => done(asError(error), []);
      try {
        const result: unknown = lookup(hostname, options, done);
        // An async function passes for a lookup; its rejection would otherwise end the process.
        if (result instanceof Promise) result.catch(refuse);
      } catch (error) {
        // One that throws where it should call back has failed all the same.
        refuse(error);
      }
    });
}

function once(callback: (error: Error | null, found: unknown) => void): LookupCallback {
  let isCalled = false;
  return (error: unknown, found: unknown) => {
    if (isCalled) return;
    isCalled = true;
    callback(error === null || error === undefined ? null : asError(error), found);
  };
}

/** An address says itself of which family it is. */
function addressesOf(found: unknown): LookupAddress[] {
  const given: unknown[] = Array.isArray(found) ? found : [found];
  return given.flatMap((one) => {
    const address: unknown = typeof one === 'object' && one !== null && 'address' in one ? one.address : one;
    const family = typeof address === 'string' ? isIP(address) : 0;
    return typeof address !== 'string' || family === 0 ? [] : [{ address, family }];
  });
}

function problemOf(addresses: readonly LookupAddress[], found: unknown): Error | undefined {
  if (addresses.length > 0) return undefined;
  const isNothing = found === undefined || found === null || (Array.isArray(found) && found.length === 0);
  return new Error(isNothing ? 'the name has no address' : 'the lookup gave what is not an IP address');
}

function chosen(choose: ChooseAddresses, addresses: readonly LookupAddress[]): Error | LookupAddress[] {
  try {
    return choose(addresses);
  } catch (error) {
    return asError(error);
  }
}

function answer(callback: LookupCallback, isForAll: boolean, result: Error | LookupAddress[]): void {
  if (result instanceof Error) callback(result, []);
  else if (isForAll) callback(null, result);
  else callback(null, result[0]?.address ?? '', result[0]?.family);
}
