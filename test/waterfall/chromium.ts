import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';

import { serverBinary } from '../../packages/core/test/servers/server-binary.ts';

const binary = await serverBinary('chromium', 'chromium');

/** Whether there is a Chromium, or one could be installed. Importing this installs it where it may. */
export const hasChromium: boolean = binary.isThere;

/** Debian's Chromium, without a window. Its sandbox does not work for root. */
export function launchChromium(): Promise<Browser> {
  return chromium.launch({ executablePath: binary.path, args: process.getuid?.() === 0 ? ['--no-sandbox'] : [] });
}

export interface OpenPageOptions {
  readonly width?: number;
  readonly height?: number;
  readonly colorScheme?: 'light' | 'dark';
}

/** A page that is open, with all that must not happen in it. */
export interface OpenPage extends AsyncDisposable {
  readonly page: Page;
  /** What was written to the console or thrown, refusals by the Content-Security-Policy among it. */
  readonly complaints: readonly string[];
  /** What was asked for besides the page itself. */
  readonly loads: readonly string[];
}

/** Opens a file as a user does, with a double click. Resolves once the page has drawn itself. */
export async function openFile(
  browser: Browser,
  path: string,
  { width = 1280, height = 800, colorScheme = 'light' }: OpenPageOptions = {},
): Promise<OpenPage> {
  const context = await browser.newContext({ viewport: { width, height }, colorScheme });
  const page = await context.newPage();
  const [complaints, loads] = [watchComplaints(page), watchLoads(context, path)];
  await page.goto(`file://${path}`);
  await page.waitForSelector('.headings');
  await nextFrame(page);
  return { page, complaints, loads, [Symbol.asyncDispose]: () => context.close() };
}

/** What was changed is drawn in the next frame; the one after it has been seen. */
export async function nextFrame(page: Page): Promise<void> {
  await page.evaluate('new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))');
}

function watchComplaints(page: Page): string[] {
  const complaints: string[] = [];
  page.on('console', (message) => complaints.push(`${message.type()}: ${message.text()}`));
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('dialog', (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  return complaints;
}

function watchLoads(context: BrowserContext, path: string): string[] {
  const loads: string[] = [];
  context.on('request', (request) => {
    if (request.url() !== `file://${path}` && !request.url().startsWith('data:,')) loads.push(request.url());
  });
  return loads;
}
