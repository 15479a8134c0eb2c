import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { waterfall, type TraceLog } from '@roundtripper/trace';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { hasChromium, launchChromium, nextFrame, openFile, type OpenPage, type OpenPageOptions } from './chromium.ts';
import { recordResend, recordTraffic } from './traffic.ts';

let browser: Browser;
let folder: string;
const logs = new Map<number, TraceLog>();

/** A page of so much traffic; what was recorded once is drawn as often as a test wants. */
async function open(requests: number, options: OpenPageOptions = {}): Promise<OpenPage> {
  const file = join(folder, `${requests}.html`);
  const log = logs.get(requests);
  if (log === undefined) throw new Error(`nobody has recorded ${requests} requests`);
  await writeFile(file, waterfall(log, { title: 'Under test' }));
  return openFile(browser, file, options);
}

const rows = (page: Page): ReturnType<Page['locator']> => page.locator('.row.request:not([hidden])');
const lanes = (page: Page): ReturnType<Page['locator']> => page.locator('.row.lane:not([hidden])');
const figure = (page: Page, label: string): ReturnType<Page['locator']> => page.locator('.figure', { hasText: label }).locator('strong');

/** Chromium under load takes a while for each step. */
describe.skipIf(!hasChromium)('the page of a waterfall, in Chromium', { timeout: 60_000 }, () => {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'roundtripper-waterfall-'));
    logs.set(0, await recordTraffic({ requests: 0, callers: 1, restMs: 0 }));
    logs.set(1, await recordTraffic({ requests: 1, callers: 1, restMs: 0 }));
    logs.set(60, await recordTraffic({ requests: 60, callers: 12, restMs: 60 }));
    logs.set(5000, await recordTraffic({ requests: 5000, callers: 60, restMs: 5 }));
    browser = await launchChromium();
  }, 120_000);

  afterAll(async () => {
    await browser.close();
    await rm(folder, { recursive: true, force: true });
  });

  test.for([0, 1, 60, 5000])('of %i requests draws itself without a complaint, and asks for nothing', async (requests) => {
    await using opened = await open(requests);
    const { page, complaints, loads } = opened;
    expect(await page.title()).toBe('Under test');
    expect((await figure(page, 'Requests').textContent())?.replaceAll('\u202f', '')).toBe(String(requests));
    await page.keyboard.press('o');
    await nextFrame(page);
    expect(complaints).toEqual([]);
    expect(loads).toEqual([]);
  });

  test('has every request in its list, and only those in view in the document', async () => {
    await using opened = await open(5000);
    const { page } = opened;
    const first = rows(page).first();
    expect(await first.getAttribute('aria-setsize')).toBe('5000');
    expect(await rows(page).count()).toBeLessThan(60);
    await page.locator('.requests .scroller').focus();
    await page.keyboard.press('End');
    await nextFrame(page);
    const last = await page.locator('.requests .scroller').getAttribute('aria-activedescendant');
    expect(await page.locator(`[id="${last}"]`).getAttribute('aria-posinset')).toBe('5000');
    expect(await rows(page).count()).toBeLessThan(60);
  });

  test('filters by text, by outcome and by origin, and sums up what is shown', async () => {
    await using opened = await open(60);
    const { page } = opened;
    const log = logs.get(60);
    const shown = async (): Promise<number> => {
      await nextFrame(page);
      return Number(await rows(page).first().getAttribute('aria-setsize'));
    };
    const search = page.getByLabel('Filter by text');
    await search.fill('/v1/search');
    expect(await shown()).toBe(log?.exchanges.filter(({ url }) => url.includes('/v1/search')).length);
    expect(await figure(page, 'Requests').textContent()).toBe(String(await shown()));
    await search.fill('');
    await page.getByLabel('Filter by outcome').selectOption('failed');
    expect(await shown()).toBe(log?.exchanges.filter(({ error }) => error !== undefined).length);
    await page.getByLabel('Filter by outcome').selectOption('all');
    await page.getByLabel('Filter by origin').selectOption({ index: 2 });
    const origin = await page.getByLabel('Filter by origin').locator('option:checked').textContent();
    expect(await shown()).toBe(log?.exchanges.filter((exchange) => exchange.origin === origin).length);
    await search.fill('nothing is called this');
    await nextFrame(page);
    expect(await rows(page).count()).toBe(0);
  });

  test('says all about a request when it is pointed at, and about a connection', async () => {
    await using opened = await open(60);
    const { page } = opened;
    const tooltip = page.locator('.tooltip');
    await rows(page).nth(2).hover();
    const said = (await tooltip.textContent()) ?? '';
    expect(said).toContain(`#${await rows(page).nth(2).locator('.id').textContent()} ·`);
    for (const label of ['Waiting', 'Total', 'Started at', 'Connection']) expect(said).toContain(label);
    await lanes(page).first().locator('.what').hover();
    expect(await tooltip.textContent()).toContain('Opened because');
    await page.mouse.move(5, 5);
    expect(await tooltip.isHidden()).toBe(true);
  });

  // Which connection carries what is up to chance where callers share them: here it is not.
  test('marks the connection of a request that is chosen, and the requests of a connection, those too that went on to another', async () => {
    const log = await recordResend();
    const given = log.exchanges.map(({ attempts }) => attempts.map(({ connection }) => String(connection?.id)));
    const [[first = ''] = [], [, second = ''] = [], [third = ''] = []] = given;
    expect([given, new Set([first, second, third]).size]).toEqual([[[first], [first, second], [third]], 3]);
    const ids = log.exchanges.map(({ id }) => String(id));
    const file = join(folder, 'resend.html');
    await writeFile(file, waterfall(log, { title: 'Under test' }));
    await using opened = await openFile(browser, file);
    const { page } = opened;
    const row = rows(page).first();
    await row.click();
    await nextFrame(page);
    expect(await row.getAttribute('aria-selected')).toBe('true');
    expect(await page.locator('.row.lane.related:not([hidden]) .id').allTextContents()).toEqual([first]);
    await page.getByRole('button', { name: `Connection ${first}`, exact: true }).click();
    await nextFrame(page);
    expect(await page.locator('.row.request.related:not([hidden]) .id').allTextContents()).toEqual(ids.slice(0, 2));
    await page.getByRole('button', { name: 'Show only its requests' }).click();
    await nextFrame(page);
    expect(await rows(page).locator('.id').allTextContents()).toEqual(ids.slice(0, 2));
    // The last that a request was given is the one in its row.
    expect(await rows(page).locator('.conn').allTextContents()).toEqual([first, second]);
    await page.keyboard.press('Escape');
    await nextFrame(page);
    expect(await page.locator('.panel').isHidden()).toBe(true);
  });

  test('can be worked with the keyboard alone', async () => {
    await using opened = await open(60);
    const { page } = opened;
    await page.keyboard.press('/');
    expect(await page.evaluate('document.activeElement.type')).toBe('search');
    await page.keyboard.press('Escape');
    await page.locator('.requests .scroller').focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    expect(await page.locator('.tooltip').isVisible()).toBe(true);
    await page.keyboard.press('Enter');
    await nextFrame(page);
    expect(await rows(page).nth(2).getAttribute('aria-selected')).toBe('true');
    const label = await rows(page).nth(2).getAttribute('aria-label');
    expect(label).toMatch(/^(?:GET|POST) https?:.* Total .* Connection /);
    const span = page.locator('.toolbar .number');
    const before = await span.textContent();
    await page.keyboard.press('+');
    await nextFrame(page);
    expect(await span.textContent()).not.toBe(before);
    await page.keyboard.press('0');
    await nextFrame(page);
    expect(await span.textContent()).toBe(before);
    await page.keyboard.press('?');
    expect(await page.getByRole('dialog').isVisible()).toBe(true);
  });

  test('zooms with the wheel at the pointer, along with both panes, and shows what is dragged over on the overview', async () => {
    await using opened = await open(60);
    const { page } = opened;
    const ruler = page.locator('.connections .ruler');
    const before = await ruler.textContent();
    await rows(page).first().locator('.track').hover();
    await page.keyboard.down('Control');
    await page.mouse.wheel(0, -800);
    await page.keyboard.up('Control');
    await nextFrame(page);
    expect(await ruler.textContent()).not.toBe(before);
    const axis = await page.locator('.overview .axis').boundingBox();
    if (axis === null) throw new Error('the overview is not there');
    await page.mouse.move(axis.x + axis.width / 2, axis.y + 10);
    await page.mouse.down();
    await page.mouse.move(axis.x + axis.width * 0.75, axis.y + 10, { steps: 4 });
    await page.mouse.up();
    await nextFrame(page);
    const part = await page.locator('.overview .window').boundingBox();
    expect((part?.width ?? 0) / axis.width).toBeCloseTo(0.25, 1);
  });

  test('puts the slowest first, each from its own start', async () => {
    await using opened = await open(5000);
    const { page } = opened;
    await page.getByRole('button', { name: 'Slowest first' }).click();
    await nextFrame(page);
    const times: number[] = [];
    for (let line = 0; line < 10; line++) {
      const text = await page.locator(`.row.request:not([hidden])[data-line="${line}"] .ms`).textContent();
      times.push(Number(text?.replaceAll('\u202f', '')));
    }
    expect(times).toEqual(times.toSorted((a, b) => b - a));
    expect(times[0]).toBeCloseTo(Math.max(...(logs.get(5000)?.exchanges.map(({ startMs, endMs = 0 }) => endMs - startMs) ?? [])), 0);
  });

  test('goes along with the rows when they are scrolled', async () => {
    await using opened = await open(5000);
    const { page } = opened;
    const part = async (): Promise<number> => (await page.locator('.overview .window').boundingBox())?.x ?? 0;
    const before = await part();
    await rows(page).first().hover();
    await page.mouse.wheel(0, 60_000);
    await expect.poll(part).toBeGreaterThan(before + 100);
    expect(await rows(page).locator('.track .bar:not(.outside)').count()).toBeGreaterThan(20);
  });

  test.for(['light', 'dark'] as const)(
    'is %s where the system wants it so, and the other where its button says so',
    async (colorScheme) => {
      await using opened = await open(60, { colorScheme });
      const { page } = opened;
      const brightness = async (): Promise<number> => {
        await nextFrame(page);
        const [red = 0] = (await page.evaluate<string>('getComputedStyle(document.documentElement).backgroundColor')).match(/\d+/g) ?? [];
        return Number(red);
      };
      const isLight = colorScheme === 'light';
      expect((await brightness()) > 127).toBe(isLight);
      for (let click = 0; click < (isLight ? 2 : 1); click++) await page.locator('.theme').click();
      expect((await brightness()) > 127).toBe(!isLight);
    },
  );

  test('takes what is hostile for text', async () => {
    const markup = '</script><script>alert(1)</script><img src=http://127.0.0.1:9/ onerror=alert(2)><!--';
    const [first] = logs.get(1)?.exchanges ?? [];
    if (first === undefined) throw new Error('there is no request');
    const hostile = {
      ...first,
      method: markup,
      url: `http://evil.test/${markup}`,
      origin: `http://evil.test${markup}`,
      error: new Error(markup),
      proto: markup,
      cacheDecisions: [{ atMs: 0, decision: 'miss' as const, detail: markup }],
    };
    const connections = (logs.get(1)?.connections ?? []).map((connection) =>
      Object.assign({}, connection, { origin: markup, remoteAddress: markup, proxy: markup }),
    );
    const file = join(folder, 'hostile.html');
    await writeFile(file, waterfall({ exchanges: [hostile, { ...hostile, id: 2 }], connections }, { title: markup }));
    await using opened = await openFile(browser, file);
    const { page, complaints, loads } = opened;
    await rows(page).first().hover();
    await rows(page).first().click();
    await nextFrame(page);
    expect(await page.locator('h1').textContent()).toBe(markup);
    expect(await page.locator('.panel').textContent()).toContain(markup);
    expect(await page.locator('img, body script:not([type="application/json"]):not([type="module"])').count()).toBe(0);
    expect([complaints, loads]).toEqual([[], []]);
  });

  test('of one request has its details open', async () => {
    await using opened = await open(1);
    const { page } = opened;
    expect(await page.locator('.panel').isVisible()).toBe(true);
    expect([await rows(page).count(), await lanes(page).count()]).toEqual([1, 1]);
  });
});
