import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { encodeMultipart } from './multipart.ts';

async function parsedBack(form: FormData): Promise<[string, unknown][]> {
  const { blob, contentType } = encodeMultipart(form);
  // oxlint-disable-next-line typescript/no-deprecated -- the oracle: a parser that is not ours
  const parsed = await new Response(blob, { headers: { 'content-type': contentType } }).formData();
  return plain(parsed);
}

async function plain(form: FormData): Promise<[string, unknown][]> {
  return Promise.all(
    [...form].map(async ([name, value]): Promise<[string, unknown]> =>
      typeof value === 'string' ? [name, value] : [name, { name: value.name, type: value.type, text: await value.text() }],
    ),
  );
}

function formOf(...entries: readonly (readonly [string, string | File])[]): FormData {
  const form = new FormData();
  for (const [name, value] of entries) {
    if (typeof value === 'string') form.append(name, value);
    else form.append(name, value);
  }
  return form;
}

describe('is read back by another parser as it was', () => {
  test.for<{ fact: string; form: () => FormData }>([
    { fact: 'an empty form', form: () => formOf() },
    { fact: 'a field', form: () => formOf(['a', '1']) },
    { fact: 'fields of one name, in order', form: () => formOf(['a', '2'], ['b', 'x'], ['a', '1']) },
    { fact: 'an empty value', form: () => formOf(['a', '']) },
    { fact: 'unicode', form: () => formOf(['ключ 😀', 'значение 😀']) },
    { fact: 'a file', form: () => formOf(['f', new File(['text'], 'a.txt', { type: 'text/plain' })]) },
    { fact: 'an empty file', form: () => formOf(['f', new File([], 'empty', { type: 'a/b' })]) },
    { fact: 'a file with a unicode name', form: () => formOf(['f', new File(['x'], 'bücher 😀.txt', { type: 'a/b' })]) },
    { fact: 'a value that looks like the end', form: () => formOf(['a', '------roundtripper-\r\n--\r\n'], ['b', '1']) },
  ])('$fact', async ({ form }) => expect(await parsedBack(form())).toEqual(await plain(form())));

  test('whatever bytes a file holds', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
        const { blob, contentType } = encodeMultipart(formOf(['f', new File([new Uint8Array(bytes)], 'f')]));
        // oxlint-disable-next-line typescript/no-deprecated -- the oracle: a parser that is not ours
        const parsed = (await new Response(blob, { headers: { 'content-type': contentType } }).formData()).get('f');
        if (!(parsed instanceof File)) throw new Error('not a file');
        expect(new Uint8Array(await parsed.arrayBuffer())).toEqual(new Uint8Array(bytes));
      }),
      { numRuns: 50 },
    );
  });
});

describe('on the wire', () => {
  async function head(name: string, value: string | File): Promise<string> {
    const text = await encodeMultipart(formOf([name, value])).blob.text();
    return text.slice(text.indexOf('\r\n') + 2);
  }

  test('quotes and line ends in names are escaped, and forge nothing', async () => {
    expect(await head('a"\r\nX-Forged: 1', 'v')).toMatch(/^Content-Disposition: form-data; name="a%22%0D%0AX-Forged: 1"\r\n\r\nv\r\n/);
    expect(await head('f', new File(['x'], 'n"\r\nX: 1\r\n\r\n', { type: 'a/b' }))).toMatch(
      /^Content-Disposition: form-data; name="f"; filename="n%22%0D%0AX: 1%0D%0A%0D%0A"\r\nContent-Type: a\/b\r\n\r\nx\r\n/,
    );
  });

  test('a lone line end in a name is one as a browser sends it', async () => {
    expect(await head('a\nb\rc', 'v')).toContain('name="a%0D%0Ab%0D%0Ac"');
  });

  test('line ends in values become CRLF', async () => expect(await head('a', '1\n2\r3\r\n4')).toContain('\r\n\r\n1\r\n2\r\n3\r\n4\r\n--'));

  test('a file without a type is bytes', async () => {
    expect(await head('f', new File(['x'], 'n'))).toContain('Content-Type: application/octet-stream\r\n\r\nx');
  });

  test('no two forms share a boundary', () => {
    expect(encodeMultipart(formOf()).contentType).not.toBe(encodeMultipart(formOf()).contentType);
  });
});
