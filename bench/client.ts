/** What a client is measured against. */
export interface Target {
  /** Like `http://127.0.0.1:40123/1k`. */
  readonly url: string;
  /** How many requests will be in flight. */
  readonly concurrency: number;
  /** To be called with every answer. @throws Error when it is not what the server sends. */
  readonly check: (status: number, text: string) => void;
}

/** An HTTP client as the benchmark sees it. It keeps its connections from one request to the next. */
export interface BenchClient {
  /** One exchange: the request, the head, the body as text, checked. */
  get(): Promise<void>;
  close(): Promise<void>;
}

/** Makes a client. It may connect when it is first asked for something. */
export type OpenClient = (target: Target) => BenchClient;

/** The check of {@link Target}, for a body of `bodyBytes` ASCII characters. */
export function checkFor(bodyBytes: number): Target['check'] {
  return (status, text) => {
    if (status === 200 && text.length === bodyBytes) return;
    throw new Error(`wrong answer: status ${status} with ${text.length} characters, expected 200 with ${bodyBytes}`);
  };
}
