import { bodyOf } from '../answers.ts';
import { CHUNK_BYTES, chunksOf } from '../exchanges.ts';
import type { Job } from '../messages.ts';
import type { Http2Client } from './http2-client.ts';

/** The exchange that a job is about. */
export function exchangeOf(client: Http2Client, { exchange, bodyBytes }: Job): () => Promise<void> {
  switch (exchange) {
    case 'get':
      return () => client.get();
    case 'upload': {
      const chunk = bodyOf(CHUNK_BYTES);
      return () => client.upload(chunksOf(chunk, bodyBytes));
    }
    default:
      throw new Error(`${exchange} is not measured over HTTP/2`);
  }
}
