/**
 * Writes the pictures of the guide, of real traffic, and what drawing and scrolling cost: `node --conditions=source test/waterfall/write-pictures.ts [folder]`.
 * The pages themselves are written beside them where another folder than the guide's is named.
 */
import { execFile } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

import { waterfall } from '@roundtripper/trace';
import type { Browser, Page } from 'playwright-core';

import { serverBinary } from '../../packages/core/test/servers/server-binary.ts';
import { workspaceRoot } from '../../scripts/workspace.ts';
import { launchChromium, nextFrame, openFile, type OpenPageOptions } from './chromium.ts';
import { recordTraffic } from './traffic.ts';

interface Picture extends OpenPageOptions {
  readonly name: string;
  readonly requests: number;
  readonly prepare?: (page: Page) => Promise<void>;
}

const LARGE = { width: 1920, height: 1080 };

const PICTURES: readonly Picture[] = [
  { name: 'waterfall-one-request', requests: 1, height: 560 },
  { name: 'waterfall', requests: 60 },
  { name: 'waterfall-dark', requests: 60, colorScheme: 'dark', prepare: (page) => page.locator('.row.request').nth(7).click() },
  {
    name: 'waterfall-connection',
    requests: 60,
    ...LARGE,
    prepare: (page) => page.locator('.row.lane', { hasText: 'h2' }).first().locator('.what').click(),
  },
  { name: 'waterfall-5000', requests: 5000, prepare: (page) => page.locator('.row.request').nth(4).locator('.track').hover() },
  {
    name: 'waterfall-5000-slowest',
    requests: 5000,
    colorScheme: 'dark',
    prepare: (page) => page.getByRole('button', { name: 'Slowest first' }).click(),
  },
];

const pngquant = await serverBinary('pngquant', 'pngquant');
const guide = join(workspaceRoot, 'docs/guide/images');
const folder = resolve(process.argv[2] ?? guide);
mkdirSync(folder, { recursive: true });

const pages = new Map<number, string>();
for (const [requests, callers, restMs] of [
  [1, 1, 0],
  [60, 12, 60],
  [5000, 60, 40],
] as const) {
  const log = await recordTraffic({ requests, callers, restMs });
  const beganMs = performance.now();
  const page = waterfall(log, { title: 'Checkout service' });
  const ms = (performance.now() - beganMs).toFixed(1);
  console.log(`${requests} requests, ${log.connections.length} connections: ${Math.ceil(page.length / 1024)} KiB, made in ${ms} ms`);
  const file = join(folder, `waterfall-${requests}.html`);
  writeFileSync(file, page);
  pages.set(requests, file);
}

const browser = await launchChromium();
try {
  for (const picture of PICTURES) await take(browser, picture);
  await measure(browser);
} finally {
  await browser.close();
  if (folder === guide) for (const file of pages.values()) rmSync(file);
}

async function take(with_: Browser, { name, requests, prepare, ...options }: Picture): Promise<void> {
  await using opened = await openFile(with_, pages.get(requests) ?? '', options);
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
  await using opened = await openFile(with_, pages.get(5000) ?? '', LARGE);
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
