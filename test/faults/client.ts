/** What is sent. */
export interface FaultRequest {
  readonly url: string;
  readonly method: 'GET' | 'POST';
  /** Bytes, or something that can be read once. */
  readonly body: Uint8Array | AsyncIterable<Uint8Array> | undefined;
}

export interface FaultAnswer {
  readonly status: number;
  readonly text: string;
}

/** A client as the harness sees it. It rejects where the whole answer did not come. */
export interface FaultClient {
  send(request: FaultRequest): Promise<FaultAnswer>;
  /** Whether it says of an error that nothing was sent. */
  isUnsent(error: unknown): boolean;
  close(): Promise<void>;
}

export type OpenFaultClient = (origin: string, connections: number) => FaultClient;
