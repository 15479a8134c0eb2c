import { checkFieldValue } from './field-syntax.ts';

/**
 * A form as `multipart/form-data` (RFC 7578, names escaped as WHATWG HTML says). The blob refers to the files, it does not read them, so the
 * body has a known length and can be sent again.
 */
export function encodeMultipart(form: FormData): { readonly blob: Blob; readonly contentType: string } {
  // 122 random bits: a boundary that could be guessed would let a file's content end its own part.
  const boundary = `----roundtripper-${crypto.randomUUID()}`;
  const parts: (string | Blob)[] = [];
  for (const [name, value] of form) {
    parts.push(`--${boundary}\r\nContent-Disposition: form-data; name="${escapeName(withCrLf(name))}"`);
    if (typeof value === 'string') {
      parts.push(`\r\n\r\n${withCrLf(value)}\r\n`);
    } else {
      const type = checkFieldValue('content-type', value.type === '' ? 'application/octet-stream' : value.type);
      parts.push(`; filename="${escapeName(value.name)}"\r\nContent-Type: ${type}\r\n\r\n`, value, '\r\n');
    }
  }
  parts.push(`--${boundary}--\r\n`);
  return { blob: new Blob(parts), contentType: `multipart/form-data; boundary=${boundary}` };
}

function withCrLf(text: string): string {
  return text.replace(/\r\n|\r|\n/g, '\r\n');
}

function escapeName(name: string): string {
  return name.replaceAll('\n', '%0A').replaceAll('\r', '%0D').replaceAll('"', '%22');
}
