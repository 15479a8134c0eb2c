import { inspectAs } from './inspect-as.ts';
import type { Origin } from './origin.ts';

/** Who asks a proxy for its service. */
export class ProxyCredentials {
  /** Nothing of them is ever shown. */
  static {
    inspectAs(ProxyCredentials.prototype, () => 'ProxyCredentials {}');
  }

  readonly #username: string;
  readonly #password: string;

  constructor(username: string, password: string) {
    this.#username = username;
    this.#password = password;
  }

  get username(): string {
    return this.#username;
  }

  get password(): string {
    return this.#password;
  }

  /** The value of a `Proxy-Authorization` field (RFC 7617). */
  get basic(): string {
    return `Basic ${btoa(String.fromCharCode(...new TextEncoder().encode(`${this.#username}:${this.#password}`)))}`;
  }
}

/** What a proxy of any kind has. */
interface ProxyParts {
  readonly hostname: string;
  readonly port: number;
  /** Like `http://proxy.example:3128`, never with userinfo. Safe to show. */
  readonly name: string;
  /** As {@link name}, with a digest of the credentials where there are any: what one user has opened is not for another. */
  readonly key: string;
  readonly credentials: ProxyCredentials | undefined;
}

/** A proxy, as its URL names it. */
export type Proxy =
  | (ProxyParts & { readonly scheme: 'http' | 'https'; readonly origin: Origin })
  | (ProxyParts & { readonly scheme: 'socks5' });
