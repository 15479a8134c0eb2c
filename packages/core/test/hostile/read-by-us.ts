import { DEFAULT_RESPONSE_LIMITS } from '../../src/h1/http1-options.ts';
import { ProtocolError } from '../../src/h1/protocol-error.ts';
import { ResponseReader } from '../../src/h1/response-reader.ts';
import { newReading, type Input, type Reading } from './reading.ts';

/**
 * What our reader makes of the bytes. Each piece comes in a buffer of its own, between other bytes, and is wiped afterwards, as a shared read buffer would be.
 * @throws whatever the reader throws that is no ProtocolError: a fault.
 */
export function readByUs({ method, pieces }: Input): Reading {
  const reading = newReading();
  const reader = new ResponseReader(
    {
      onInterim: (status) => reading.interim.push(status),
      onHead: (head) => {
        reading.status = head.status;
        reading.reason = head.statusText;
        reading.fields = [...head.headers.fields()];
      },
      onBody: (buffer, start, end) => {
        reading.body += buffer.toString('latin1', start, end);
      },
      onComplete: (trailers) => {
        reading.trailers = trailers === undefined ? [] : [...trailers.fields()];
      },
    },
    DEFAULT_RESPONSE_LIMITS,
  );
  reader.begin(method);
  try {
    for (const piece of pieces) if (piece !== '' && reader.isReading) feed(reader, piece);
    if (!reader.isReading || reader.end(true) === 'complete') reading.verdict = 'complete';
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    reading.verdict = 'refused';
    reading.why = `${error.code}: ${error.message}`;
  }
  return reading;
}

function feed(reader: ResponseReader, piece: string): void {
  const bytes = Buffer.from(`..${piece}..`, 'latin1');
  const end = reader.feed(bytes, 2, bytes.length - 2);
  if (end < 2 || end > bytes.length - 2) throw new Error(`the reader says that it read up to ${end} of ${bytes.length - 2}`);
  bytes.fill(0x2e);
}
