/** As the kernel writes states: `TCP_ESTABLISHED`. */
const ESTABLISHED = '01';

/**
 * How many connections there are to these ports, as clients of this machine have them.
 * @param table `/proc/net/tcp`: a line for each socket, with its own address, the one at the other end, and its state, in hexadecimal.
 */
export function establishedTo(ports: ReadonlySet<number>, table: string): number {
  let connections = 0;
  for (const line of table.split('\n')) {
    const [, , remote = '', state] = line.trim().split(/\s+/);
    const port = Number.parseInt(remote.slice(remote.indexOf(':') + 1), 16);
    if (state === ESTABLISHED && ports.has(port)) connections += 1;
  }
  return connections;
}
