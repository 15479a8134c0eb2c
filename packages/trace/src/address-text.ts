/** Like `203.0.113.7:443`, with brackets around IPv6; of a Unix domain socket, which has no port, its path. */
export function addressText(address: string, port: number | undefined): string {
  const host = address.includes(':') ? `[${address}]` : address;
  return port === undefined ? host : `${host}:${port}`;
}
