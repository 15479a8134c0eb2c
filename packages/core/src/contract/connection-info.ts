/** What can be known of a connection. A snapshot: it does not change and keeps nothing open. */
export interface ConnectionInfo {
  /** Unique in this process; the same in every event and response of one connection. */
  readonly id: number;
  /** Like `https://example.com:8443`. Where a proxy passes plain requests on, to whomever they are for, it is the proxy's own. */
  readonly origin: string;
  readonly protocol: 'http/1.1' | 'h2';
  /** The proxy it goes through, like `http://proxy.example:3128`, never with userinfo; absent where it goes through none. */
  readonly proxy?: string;
  readonly remoteAddress: string | undefined;
  readonly remotePort: number | undefined;
  readonly localAddress: string | undefined;
  readonly localPort: number | undefined;
  /** Undefined on a plain connection. */
  readonly tls: TlsInfo | undefined;
}

/** What was agreed in the TLS handshake. */
export interface TlsInfo {
  /** Like `TLSv1.3`. */
  readonly protocol: string | undefined;
  /** The standard (IANA) name of the cipher suite. */
  readonly cipher: string | undefined;
  /** What the server chose by ALPN; undefined where it chose nothing. */
  readonly alpnProtocol: string | undefined;
  /** Whether the certificate was verified. False only where verification was turned off. */
  readonly authorized: boolean;
  /** Whether an earlier session was resumed. */
  readonly resumed: boolean;
}
