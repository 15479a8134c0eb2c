import { isIP } from 'node:net';
import {
  checkServerIdentity,
  createSecureContext,
  type CipherNameAndProtocol,
  type ConnectionOptions,
  type SecureContext,
  type TLSSocket,
} from 'node:tls';

import type { TlsInfo } from '../contract/connection-info.ts';
import { asError } from './as-error.ts';

/** What TLS to speak: every option of `tls.connect` but those that say where to. */
export type TlsOptions = Omit<
  ConnectionOptions,
  'host' | 'port' | 'path' | 'socket' | 'lookup' | 'onread' | 'ALPNProtocols' | 'timeout' | 'session'
>;

/** Whom TLS is spoken with. */
export interface TlsPeer {
  readonly hostname: string;
  readonly port: number;
  readonly alpnProtocols: readonly string[];
}

/** How many servers' sessions are kept. */
const MAX_SESSIONS = 100;

/**
 * TLS as one Transport speaks it in one role, to origins or to proxies. Keys and certificates are parsed once, and the last session of each server is kept
 * to be resumed. Nothing of it is shared: a session was verified by these options, and resuming it skips that. (CVE-2025-68121 is of sessions that outlived
 * the roots that had verified them, CVE-2021-22890 of a proxy's session that served for an origin.)
 */
export class TlsClient {
  readonly #options: TlsOptions;
  #secureContext: SecureContext | undefined;
  readonly #sessions = new Map<string, Buffer>();

  /** @throws Error where a key, a certificate or a cipher list cannot be used. */
  constructor(options: TlsOptions) {
    this.#options = definedOnly(options);
    // Without options nothing can be wrong with them, and who never dials TLS need not have its 20 KiB.
    if (Object.keys(this.#options).length > 0) this.#secureContext = this.#options.secureContext ?? createSecureContext(this.#options);
  }

  /** RFC 6066 §3: an address is not a server name, and a name has no dot at its end. One that was given wins, as in Go. */
  servername(hostname: string): string {
    return this.#options.servername ?? (isIP(hostname) === 0 ? hostname.replace(/\.$/, '') : '');
  }

  /** For `tls.connect`; `host` is what the certificate must be for where there is no server name. */
  connectOptions(peer: TlsPeer): ConnectionOptions {
    this.#secureContext ??= createSecureContext();
    const session = this.#sessions.get(this.#sessionKey(peer));
    return {
      ...this.#options,
      secureContext: this.#secureContext,
      checkServerIdentity: guarded(this.#options.checkServerIdentity ?? checkServerIdentity),
      host: peer.hostname,
      servername: this.servername(peer.hostname),
      ALPNProtocols: [...peer.alpnProtocols],
      ...(session === undefined ? {} : { session }),
    };
  }

  /** Keeps what the server gives to resume. Node tells of it once the server was verified, and not before. */
  keepSessions(socket: TLSSocket, peer: TlsPeer): void {
    const key = this.#sessionKey(peer);
    socket.on('session', (session: Buffer) => {
      this.#sessions.delete(key);
      this.#sessions.set(key, session);
      for (const oldest of this.#sessions.keys()) {
        if (this.#sessions.size <= MAX_SESSIONS) return;
        this.#sessions.delete(oldest);
      }
    });
  }

  /** The handshake failed: the next one starts from nothing. */
  dropSession(peer: TlsPeer): void {
    this.#sessions.delete(this.#sessionKey(peer));
  }

  #sessionKey({ hostname, port }: TlsPeer): string {
    return `${this.servername(hostname)}|${hostname}|${port}`;
  }
}

/** `{ rejectUnauthorized: undefined }` must not mean what `false` does (CVE-2021-22939). */
function definedOnly(tls: TlsOptions): TlsOptions {
  return Object.fromEntries(Object.entries(tls).filter(([, value]) => value !== undefined));
}

type IdentityCheck = NonNullable<ConnectionOptions['checkServerIdentity']>;

/** One that throws has refused the peer; out of Node's callback it would end the process. */
function guarded(check: IdentityCheck): IdentityCheck {
  return (hostname, certificate) => {
    try {
      return check(hostname, certificate);
    } catch (error) {
      return asError(error);
    }
  };
}

/** What was agreed with the peer of a socket that is secure. */
export function tlsInfo(socket: TLSSocket): TlsInfo {
  // The types of Node leave out that there may be none.
  const cipher: CipherNameAndProtocol | null | undefined = socket.getCipher();
  return {
    protocol: socket.getProtocol() ?? undefined,
    cipher: cipher?.standardName,
    alpnProtocol: typeof socket.alpnProtocol === 'string' ? socket.alpnProtocol : undefined,
    authorized: socket.authorized,
    resumed: socket.isSessionReused(),
  };
}
