/**
 * A server of somebody else's that speaks HTTP/2, for interop tests: `describe.for(HTTP2_SERVERS)`. Each answers `GET /bytes/N`, for each N of {@link SIZES}, with {@link bytesOf} and a
 * Content-Length, and `GET /status/404` with 404. What else there is depends on {@link Abilities}: a test that asks for more is written only for those that can.
 */
export interface InteropServer {
  /** Like `nginx, h2c`. */
  readonly name: string;
  /** Over TLS with the certificate of the tests (ALPN h2), or by prior knowledge. */
  readonly tls: boolean;
  /** Whether it is installed, or could be. */
  readonly isThere: boolean;
  readonly can: Abilities;
  /** Resolves when it listens. @throws Error, with what it said, when it does not within a few seconds. */
  readonly start: () => Promise<StartedServer>;
}

/** One that runs, until it is disposed of. */
export interface StartedServer extends AsyncDisposable {
  /** Like `https://127.0.0.1:40123`, without a path. */
  readonly url: string;
}

/** What not every server can do. */
export interface Abilities {
  /** `POST /echo` is answered with the body of the request, as it comes. */
  readonly echo: boolean;
  /** `GET /status/N` is answered with that status, for any N. */
  readonly status: boolean;
  /** `GET /trailers` is answered with a body and the trailer `x-sum: 42`. */
  readonly trailers: boolean;
  /** `POST /trailers` is answered with the value of the request's trailer `x-sum` as the body. */
  readonly requestTrailers: boolean;
  /** `GET /headers` is answered with the request's fields, as a JSON object. */
  readonly headers: boolean;
  /** `GET /hold` is answered with a head and the body `held`, which does not end. `GET /never` is not answered. */
  readonly hold: boolean;
  /** `GET /early-hints` is answered with 103 and a `link`, then with 200. */
  readonly earlyHints: boolean;
  /** `GET /goodbye` is answered, with a GOAWAY: the connection takes no more. */
  readonly goodbye: boolean;
}

/** The N of `/bytes/N` that every server has. */
export const SIZES = [0, 1, 1_024, 65_536, 1_048_576] as const;

/** The body of `/bytes/N`: no two frames of it are alike, so that none can be missing or stand in another's place. */
export function bytesOf(size: number): Buffer {
  const bytes = Buffer.allocUnsafe(size);
  for (let at = 0; at < size; at++) bytes[at] = at % 251;
  return bytes;
}
