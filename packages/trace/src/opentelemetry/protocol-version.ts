const VERSIONS: ReadonlyMap<string, string> = new Map([
  ['http/1.1', '1.1'],
  ['HTTP/1.1', '1.1'],
  ['HTTP/1.0', '1.0'],
  ['h2', '2'],
  ['HTTP/2.0', '2'],
]);

/** `network.protocol.version` of what a connection speaks (`http/1.1`, `h2`), or of what a response says (`HTTP/1.1`, `HTTP/2.0`). */
export function protocolVersionOf(protocol: string): string {
  return VERSIONS.get(protocol) ?? protocol.slice(protocol.indexOf('/') + 1);
}
