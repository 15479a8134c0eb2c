import type { PageData } from '../page-data.ts';
import { button, element } from './dom.ts';
import { helpDialog } from './help.ts';
import { listenToKeys } from './keys.ts';
import { LanePane } from './lane-pane.ts';
import { formatMs, plural } from './model/format.ts';
import { modelOf } from './model/model.ts';
import { Overview } from './overview.ts';
import { Page } from './page.ts';
import { Panel } from './panel.ts';
import { RequestPane } from './request-pane.ts';
import { splitter } from './splitter.ts';
import { SummaryView } from './summary-view.ts';
import { themeButton } from './theme.ts';
import { Toolbar } from './toolbar.ts';
import { Tooltip } from './tooltip.ts';

/** Nothing else writes the element than waterfall(), which makes it of the same type. */
function readData(): PageData {
  // oxlint-disable-next-line typescript/no-unsafe-assignment -- as said above.
  const data: PageData = JSON.parse(document.querySelector('#data')?.textContent ?? '');
  return data;
}

function start(data: PageData): void {
  const page = new Page(modelOf(data));
  const tooltip = new Tooltip();
  // First: where the time goes along with its rows, the others follow in the same frame.
  const requests = new RequestPane(page, tooltip);
  const lanes = new LanePane(page, tooltip);
  const overview = new Overview(page);
  const toolbar = new Toolbar(page);
  const help = helpDialog();
  const theme = themeButton(() => {
    overview.forgetColours();
    lanes.forgetColours();
  });
  const panes = element('div', { className: 'panes' });
  panes.append(
    requests.pane.root,
    splitter(panes, () => page.redraw()),
    lanes.pane.root,
  );
  const actions = [button('Keys', () => help.showModal(), { title: 'Keys and gestures (?)' }), theme];
  const main = element('main', {}, element('div', { className: 'stage' }, overview.root, panes), new Panel(page).root);
  document.body.append(header(data, actions), new SummaryView(page).root, toolbar.root, main, tooltip.root, help);
  listenToKeys({ page, toolbar, theme, help });
  // Of one request there is nothing to choose from.
  if (data.exchanges.length === 1) page.change({ selection: { kind: 'exchange', index: 0 } });
}

function header({ title, startedAtMs, endMs, exchanges, dropped }: PageData, actions: readonly HTMLElement[]): HTMLElement {
  const when = startedAtMs === undefined ? '' : new Date(startedAtMs).toISOString().replace('T', ' ').replace('Z', ' UTC');
  const parts = [when, exchanges.length === 0 ? 'nothing recorded' : `${formatMs(endMs)} long`];
  if (dropped > 0) parts.push(`${plural(dropped, 'earlier request')} no longer in the log`);
  const facts = element('p', { className: 'muted', text: parts.filter(Boolean).join(' · ') });
  return element('header', {}, element('h1', { text: title }), facts, element('span', { className: 'gap' }), ...actions);
}

start(readData());
