/**
 * What an error of the client says, without what it must not. A Redis that does not know a command repeats its arguments: the password, where that is the one that it is told in, or
 * a key. Anew, as the stack of an error and its other properties may hold the same.
 * @param secrets What no message may hold.
 */
export function causeOf(error: unknown, secrets: readonly string[] = []): Error {
  const said = messageOf(error)
    .replace(/,? with args beginning with.*$/s, '')
    .replaceAll(/\/\/[^\s/?#]*@/g, '//');
  const isSecret = secrets.some((secret) => said.includes(secret));
  const cause = new Error(isSecret ? 'its message is left out, since it holds the password' : said);
  if (error instanceof Error) cause.name = error.name;
  const code = codeOf(error);
  return code === undefined ? cause : Object.assign(cause, { code });
}

/** Where several addresses were tried the error has no message of its own. */
function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return error.errors.map(messageOf).join('; ');
  return error instanceof Error ? error.message : 'the client has failed by something that is no error';
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
