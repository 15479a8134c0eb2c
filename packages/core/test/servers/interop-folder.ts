import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { testCertificate } from '@roundtripper/testing';

import { bytesOf, SIZES } from './interop-server.ts';

/** What a server needs on disk: the certificate of the tests, the files of `/bytes/N`, and whatever it writes. It is removed when it is disposed of. */
export class InteropFolder implements AsyncDisposable {
  readonly path: string;
  readonly cert: string;
  readonly key: string;

  private constructor(path: string) {
    this.path = path;
    this.cert = join(path, 'cert.pem');
    this.key = join(path, 'key.pem');
  }

  static async make(): Promise<InteropFolder> {
    const folder = new InteropFolder(await mkdtemp(join(tmpdir(), 'roundtripper-')));
    await mkdir(join(folder.path, 'bytes'));
    await folder.write('cert.pem', testCertificate.cert);
    await folder.write('key.pem', testCertificate.key);
    for (const size of SIZES) await writeFile(join(folder.path, 'bytes', String(size)), bytesOf(size));
    return folder;
  }

  /** @returns the path of the file. */
  async write(name: string, text: string): Promise<string> {
    const file = join(this.path, name);
    await writeFile(file, text);
    return file;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.path, { recursive: true, force: true });
  }
}
