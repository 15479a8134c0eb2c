import { createHash } from 'node:crypto';

import type { TraceRecords } from '../exchange-record.ts';
import { embeddedJson, htmlText } from './embedded-json.ts';
import { pageScript, pageStyle } from './page-assets.ts';
import { toPageData, type DroppedCount } from './to-page-data.ts';

/** What can be chosen about a {@link waterfall}. */
export interface WaterfallOptions {
  /** What stands at the top of the page and in its tab. Default `Waterfall`. */
  readonly title?: string | undefined;
}

/**
 * One HTML page that shows what is in a log: a row for each request with its phases, a lane for each connection with the requests it carried, its idle gaps and why it was
 * closed, and on top what the slowest requests spend their time on, why connections were opened and why they were closed.
 *
 * The page is complete in itself, for a file or an answer of a server: it loads nothing, its Content-Security-Policy forbids every load, and only its own script and style
 * (named by their hashes) run in it. Whatever URLs and errors hold is data to it, never markup. It holds URLs as the log has them, with known secrets redacted, and no
 * headers or bodies. It is for browsers of 2024 and later; 5 000 requests make about 2 MB.
 *
 * Requests under way are drawn up to the last thing that the log knows of. The log is read within the call, and not changed.
 */
export function waterfall(log: TraceRecords & DroppedCount, { title = 'Waterfall' }: WaterfallOptions = {}): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}; script-src '${hashOf(pageScript)}'; style-src '${hashOf(pageStyle)}'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<title>${htmlText(title)}</title>
<style>${pageStyle}</style>
</head>
<body>
<noscript>This page is drawn by its script, which is switched off. It loads nothing from anywhere.</noscript>
<script type="application/json" id="data">${embeddedJson(toPageData(log, title))}</script>
<script type="module">${pageScript}</script>
</body>
</html>
`;
}

/** The empty icon alone is an image: without it a browser would ask the server for one. */
const POLICY = "default-src 'none'; img-src data:; base-uri 'none'; form-action 'none'";

function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}
