/** The server's process: answers that were made once, over sockets, with no HTTP library, so that the clients are what is measured. */
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { testCertificate } from '@roundtripper/testing';
import { answerFor, answerWith, bodyOf, headFor, isSizeName, PIECE_BYTES, SHORT_TEXT, SIZES, storablePath } from './answers.ts';
import { answerAndLive, takeOrders } from './child-side.ts';
import { AWAKE, type Order, type Report } from './messages.ts';
import { RequestScanner, type ScannedRequest } from './request-scanner.ts';

/** 10 000 clients may come at once; the kernel may allow fewer. */
const BACKLOG = 16_384;

const STORABLE = 'max-age=86400';

const wholeAnswers = new Map<string, Buffer>([
  ['/1k', answerFor('1k')],
  ['/64k', answerFor('64k')],
  ['/1m', answerFor('1m')],
]);
const storableAnswers = new Map<string, Buffer>([
  [storablePath('1k'), answerFor('1k', STORABLE)],
  [storablePath('64k'), answerFor('64k', STORABLE)],
]);
const shortAnswer = answerWith(Buffer.from(SHORT_TEXT));
const wrongBody = Buffer.from('HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n');
const piece = bodyOf(PIECE_BYTES);

const held: Socket[] = [];
/** How many are held before they are answered. */
let holdUntil = 1;
let connections = 0;
/** How many requests for what may be stored have come. */
let storableRequests = 0;

const plain = createServer({ noDelay: true }, serve);
const secure = createTlsServer(
  { noDelay: true, cert: testCertificate.cert, key: testCertificate.key, ALPNProtocols: ['http/1.1'], handshakeTimeout: 60_000 },
  serve,
);
const [port, tlsPort] = await Promise.all([portOf(plain), portOf(secure)]);
takeOrders(carryOut);
answerAndLive({ kind: 'listening', port, tlsPort }, () => process.exit(0));
if (process.argv.includes(AWAKE)) stayAwake();

/** A loop that always has something to do does not wait for what comes. */
function stayAwake(): void {
  setImmediate(stayAwake);
}

function portOf(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: '127.0.0.1', port: 0, backlog: BACKLOG }, () => {
      const address: AddressInfo | string | null = server.address();
      if (address === null || typeof address === 'string') reject(new Error('the server has no port'));
      else resolve(address.port);
    });
  });
}

function carryOut(order: Order): Report {
  switch (order.kind) {
    case 'hold':
      holdUntil = order.requests;
      return { kind: 'done' };
    case 'ask-usage': {
      const { user, system } = process.cpuUsage();
      return { kind: 'usage', cpuMicros: user + system, connections, storableRequests };
    }
    default:
      throw new Error(`${order.kind} is not for the server`);
  }
}

function serve(socket: Socket): void {
  const scanner = new RequestScanner();
  connections += 1;
  socket.on('close', () => {
    connections -= 1;
  });
  socket.on('data', (bytes: Buffer) => {
    for (const request of scanner.feed(bytes)) answer(socket, request);
  });
  // A client that ends in the middle of an answer says why itself.
  socket.on('error', () => socket.destroy());
}

function answer(socket: Socket, { path, bodyBytes }: ScannedRequest): void {
  const resource = withoutQuery(path);
  const size = resource.slice(1);
  const storable = storableAnswers.get(resource);
  if (path === '/hold') hold(socket);
  else if (storable !== undefined) {
    storableRequests += 1;
    socket.write(storable);
  } else if (!isSizeName(size)) socket.destroy();
  else if (bodyBytes > 0) socket.write(bodyBytes === SIZES[size] ? shortAnswer : wrongBody);
  else {
    const whole = wholeAnswers.get(resource);
    if (whole === undefined) writePieces(socket, SIZES[size]);
    else socket.write(whole);
  }
}

function withoutQuery(path: string): string {
  const at = path.indexOf('?');
  return at === -1 ? path : path.slice(0, at);
}

function hold(socket: Socket): void {
  held.push(socket);
  if (held.length < holdUntil) return;
  for (const each of held.splice(0)) each.write(shortAnswer);
}

/** As fast as they are taken and no faster. */
function writePieces(socket: Socket, bytes: number): void {
  let left = bytes;
  const writeOn = (): void => {
    while (left > 0) {
      const next = left < piece.byteLength ? piece.subarray(0, left) : piece;
      left -= next.byteLength;
      if (!socket.write(next)) {
        if (left > 0) socket.once('drain', writeOn);
        return;
      }
    }
  };
  socket.write(headFor(bytes));
  writeOn();
}
