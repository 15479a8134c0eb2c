import { IncomingBody, type BodyProducer, type BodySink } from './incoming-body.ts';
import { handOn } from './unreachable.ts';

/**
 * Two bodies from one, which is read when the first of them is, and as fast as the faster of their readers wants. What one reader has taken and
 * the other has not is kept in memory, without a limit. The source is given up when both are.
 */
export function teeBody(source: IncomingBody): readonly [IncomingBody, IncomingBody] {
  const tee = new Tee(source);
  // Until one of them is read nobody but they hold the tee: with both of them the source is given up.
  if (!source.isComplete) handOn(tee, source);
  return [tee.branch(), tee.branch()];
}

class Tee implements BodySink {
  readonly #source: IncomingBody;
  /** Those that were not given up. */
  readonly #branches = new Set<IncomingBody>();
  #isAttached = false;

  constructor(source: IncomingBody) {
    this.#source = source;
  }

  branch(): IncomingBody {
    const producer: BodyProducer = {
      resumeBody: () => this.#resume(),
      cancelBody: (reason) => this.#leave(body, reason),
    };
    const body = new IncomingBody(producer, undefined, this.#source.limits);
    this.#branches.add(body);
    return body;
  }

  write(bytes: Uint8Array): boolean {
    let isRoom = false;
    for (const body of this.#branches) if (body.push(bytes)) isRoom = true;
    return isRoom;
  }

  end(): void {
    for (const body of this.#branches) body.end(this.#source.trailers);
  }

  fail(error: unknown): void {
    for (const body of this.#branches) body.fail(error);
  }

  #resume(): void {
    if (this.#isAttached) {
      this.#source.resume();
      return;
    }
    this.#isAttached = true;
    this.#source.claim();
    this.#source.pipe(this);
  }

  #leave(body: IncomingBody, reason: unknown): void {
    this.#branches.delete(body);
    if (this.#branches.size === 0) this.#source.cancel(reason);
  }
}
