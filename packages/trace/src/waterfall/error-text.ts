import { redactUrls } from '../redact-url.ts';

const LONGEST = 600;

/** An error for a person: its code or name, what it says, and what caused it, without the secrets of URLs. Anything can be thrown, and a getter of it may throw again. */
export function errorText(error: unknown): string {
  try {
    const text = redactUrls(chain(error));
    return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
  } catch {
    // An observer shows what it can: that the error cannot be read is all there is to say.
    return 'an error that cannot be read';
  }
}

function chain(error: unknown, depth = 0): string {
  if (!(error instanceof Error)) return String(error);
  const { cause, message } = error;
  const label = 'code' in error && typeof error.code === 'string' ? error.code : error.name;
  const own = message === '' || message === label ? label : `${label}: ${message}`;
  return cause === undefined || depth === 3 ? own : `${own} (because of ${chain(cause, depth + 1)})`;
}
