/**
 * Writes the pictures of the guide, of real traffic and of what the guide's programs do, and tells what drawing and scrolling cost: `node --conditions=source test/waterfall/write-pictures.ts [folder]`.
 * The pages themselves are written beside them where another folder than the guide's is named.
 */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

import { waterfall } from '@roundtripper/trace';
import type { Browser, Page } from 'playwright-core';

import { serverBinary } from '../../packages/core/test/servers/server-binary.ts';
import { codeBlocks } from '../../scripts/code-blocks.ts';
import { workspaceRoot } from '../../scripts/workspace.ts';
import { launchChromium, nextFrame, openFile, type OpenPageOptions } from './chromium.ts';
import { recordTraffic } from './traffic.ts';

interface Picture extends OpenPageOptions {
  /** The file's, without `.png`. */
  readonly name: string;
  /** The page's, without `.html`, where that is another. */
  readonly of?: string;
  readonly prepare?: (page: Page) => Promise<unknown>;
}

const LARGE = { width: 1920, height: 1080 };

const PICTURES: readonly Picture[] = [
  { name: 'waterfall', of: 'waterfall-60' },
  {
    name: 'waterfall-5000-slowest',
    of: 'waterfall-5000',
    colorScheme: 'dark',
    prepare: (page) => page.getByRole('button', { name: 'Slowest first' }).click(),
  },
  { name: 'reuse-before', height: 700 },
  { name: 'queue-before', height: 640, prepare: scrollTo(64) },
  { name: 'dial-before', height: 460 },
  { name: 'streams-before', height: 660 },
];

const pngquant = await serverBinary('pngquant', 'pngquant');
const guide = join(workspaceRoot, 'docs/guide/images');
const folder = resolve(process.argv[2] ?? guide);
mkdirSync(folder, { recursive: true });

for (const [requests, callers, restMs] of [
  [60, 12, 60],
  [5000, 60, 40],
] as const) {
  const log = await recordTraffic({ requests, callers, restMs });
  const beganMs = performance.now();
  const page = waterfall(log, { title: 'Checkout service' });
  const ms = (performance.now() - beganMs).toFixed(1);
  console.log(`${requests} requests, ${log.connections.length} connections: ${Math.ceil(page.length / 1024)} KiB, made in ${ms} ms`);
  writeFileSync(join(folder, `waterfall-${requests}.html`), page);
}
await runPrograms(join(workspaceRoot, 'docs/guide/observability.md'));

const browser = await launchChromium();
try {
  for (const picture of PICTURES) await take(browser, picture);
  await measure(browser);
} finally {
  await browser.close();
  if (folder === guide) for (const page of globSync('*.html', { cwd: folder })) rmSync(join(folder, page));
}

/** Those of a document that write pages, into the folder. */
async function runPrograms(document: string): Promise<void> {
  for (const { language, code } of codeBlocks(readFileSync(document, 'utf8'))) {
    if (language !== 'ts' || !code.includes('server = await TestServer.start(') || !code.includes('waterfall(')) continue;
    const program = spawn(process.execPath, ['--conditions=source', '--input-type=module-typescript', '-'], {
      // Where a program of a user's is: with the packages in its package.json.
      cwd: join(workspaceRoot, 'examples'),
      env: { ...process.env, TMPDIR: folder },
      stdio: ['pipe', 'ignore', 'inherit'],
    });
    program.stdin.end(code);
    await once(program, 'close');
    if (program.exitCode !== 0) throw new Error(`a program of ${document} ended with ${program.exitCode}`);
  }
}

/** To the request of that number, counted from 0: the time goes along. */
function scrollTo(row: number): (page: Page) => Promise<unknown> {
  return (page) => page.evaluate(`document.querySelector('.requests .scroller').scrollTop = ${row * 24}`);
}

async function take(with_: Browser, { name, of = name, prepare, ...options }: Picture): Promise<void> {
  await using opened = await openFile(with_, join(folder, `${of}.html`), options);
  await prepare?.(opened.page);
  await nextFrame(opened.page);
  const path = join(folder, `${name}.png`);
  await opened.page.screenshot({ path });
  // As many colours as such a page has: a third of the bytes.
  if (pngquant.isThere) await promisify(execFile)(pngquant.path, ['--force', '--ext', '.png', '--nofs', '96', path]);
  for (const complaint of opened.complaints) console.log(`${name}: ${complaint}`);
}

/** CPU time of the page's main thread, which other processes do not add to: until it is drawn, and for each frame of a scroll of 150. */
async function measure(with_: Browser): Promise<void> {
  await using opened = await openFile(with_, join(folder, 'waterfall-5000.html'), LARGE);
  const { page } = opened;
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable', { timeDomain: 'threadTicks' });
  const taskMs = async (): Promise<number> => {
    const { metrics } = await session.send('Performance.getMetrics');
    return 1000 * (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? Number.NaN);
  };
  await page.reload();
  await page.waitForSelector('.row.request');
  console.log(`5000 requests: drawn after ${(await taskMs()).toFixed(0)} ms of the main thread`);
  for (const how of ['following', 'all of the time'] as const) {
    if (how === 'all of the time') await page.keyboard.press('0');
    await nextFrame(page);
    const before = await taskMs();
    await page.evaluate(`(async () => {
      const scroller = document.querySelector('.requests .scroller');
      for (let frame = 0; frame < 150; frame++) {
        scroller.scrollTop += 60;
        await new Promise((resolve) => requestAnimationFrame(resolve));
      }
    })()`);
    console.log(`scrolling, ${how}: ${(((await taskMs()) - before) / 150).toFixed(1)} ms a frame`);
  }
}
