import { expect, test } from 'vitest';

import { makePageAssets, PAGE_ASSETS } from '../../scripts/waterfall-page.ts';

// `vitest run -u` with this file writes it anew.
test('the script and the style of the waterfall are what their sources make', { timeout: 60_000 }, async () => {
  await expect(await makePageAssets()).toMatchFileSnapshot(PAGE_ASSETS);
});
