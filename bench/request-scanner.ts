const HEAD_END = '\r\n\r\n';

/** Finds the paths of requests without bodies in bytes that come as they come. It believes what it reads: its clients are ours. */
export class RequestScanner {
  /** The start of a head whose end has not come. */
  #kept = '';

  /** @returns the paths of the requests that are whole now. */
  feed(bytes: Buffer): readonly string[] {
    const text = this.#kept + bytes.toString('latin1');
    const paths: string[] = [];
    let at = 0;
    for (let end = text.indexOf(HEAD_END); end !== -1; end = text.indexOf(HEAD_END, at)) {
      const pathAt = text.indexOf(' ', at) + 1;
      paths.push(text.slice(pathAt, text.indexOf(' ', pathAt)));
      at = end + HEAD_END.length;
    }
    this.#kept = text.slice(at);
    return paths;
  }
}
