/** What the arguments ask for: checked as far as arguments can be. */
export interface Plan {
  /** With its scheme, and with userinfo where it has one. */
  readonly url: string;
  /** Undefined for GET, or POST where there is `data`. */
  readonly method: string | undefined;
  /** In order; an empty value leaves a field out that would be sent otherwise. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly data: RequestData | undefined;
  /** How many are sent. */
  readonly requests: number;
  /** How many of them at a time. */
  readonly concurrency: number;
  /** For each, from its beginning to the end of its body; 0 for no limit. */
  readonly timeoutMs: number;
  readonly protocol: 'any' | 'http1' | 'http2';
  readonly isInsecure: boolean;
  readonly keepsAlive: boolean;
  readonly proxy: ProxyChoice;
  readonly unixPath: string | undefined;
  readonly harFile: string | undefined;
  readonly htmlFile: string | undefined;
  /** Whether a status of 400 or above makes the exit code. */
  readonly failsOnStatus: boolean;
  /** What is printed to the standard output. */
  readonly report: 'text' | 'json' | 'none';
  /** Whether a report of one request shows all fields of the response. */
  readonly showsAllHeaders: boolean;
  readonly isQuiet: boolean;
  /** Undefined where the terminal decides. */
  readonly colour: boolean | undefined;
}

/** What is sent as the request's body. */
export type RequestData = { readonly kind: 'text'; readonly text: string } | { readonly kind: 'file'; readonly path: string };

/** Which proxy is used. */
export type ProxyChoice = { readonly kind: 'environment' } | { readonly kind: 'none' } | { readonly kind: 'url'; readonly url: string };
