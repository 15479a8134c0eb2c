import { PHASES } from '../page-data.ts';
import { swatch, type SwatchKind } from './details-view.ts';
import { button, element } from './dom.ts';
import { NO_FILTER, type FilterKind } from './model/filter.ts';
import { formatMs, formatShare, grouped, plural } from './model/format.ts';
import { causeText, countCauses } from './model/opened-because.ts';
import { PHASE_LABELS } from './model/phase-labels.ts';
import { comparedShares, type PhaseShares } from './model/phase-shares.ts';
import { summaryOf, type Summary } from './model/summary.ts';
import type { Page, State } from './page.ts';

const MOST_LINES = 4;

/** What there is to know before any row is looked at: figures, where the time goes, why connections were opened and closed. Of what is shown, so that a filter narrows it. */
export class SummaryView {
  readonly root: HTMLElement = element('section', { className: 'summary', attributes: { 'aria-label': 'Summary' } });
  readonly #page: Page;
  #shown: State['shown'] | undefined;

  constructor(page: Page) {
    this.#page = page;
    page.add(({ shown }) => {
      if (this.#shown !== shown) this.#draw(shown);
      this.#shown = shown;
    });
  }

  #draw(shown: State['shown']): void {
    const { data, lanes, because } = this.#page.model;
    const isAll = shown.length === data.exchanges.length;
    const used = new Set(shown.flatMap(({ exchange }) => exchange.attempts.map(({ connection }) => connection)));
    const places = lanes.flatMap(({ connection }, index) => (isAll || used.has(connection.id) ? [index] : []));
    const connections = places.flatMap((index) => lanes[index]?.connection ?? []);
    const causes = countCauses(places.flatMap((index) => because[index] ?? []));
    this.root.replaceChildren(
      this.#figures(summaryOf(shown)),
      timeCard(comparedShares(shown), marksIn(shown)),
      card('Connections opened', connections.length, linesOf(causes.map(({ because: each, count }) => ({ count, text: causeText(each) })))),
      closedCard(connections),
    );
  }

  #figures(summary: Summary): HTMLElement {
    const { requests, failed, reused, granted, underWay } = summary;
    const { p50Ms, p95Ms, p99Ms, slowestMs } = summary;
    const only = (kind: FilterKind) => () => this.#page.change({ filter: { ...NO_FILTER, kind } });
    const slow = (): void => this.#page.change({ filter: { ...NO_FILTER, kind: 'slowest' }, order: 'slowest' });
    const errors = summary.clientErrors + summary.serverErrors;
    const answers = `${grouped(summary.clientErrors)} answered 4xx, ${grouped(summary.serverErrors)} answered 5xx`;
    return element(
      'div',
      { className: 'figures' },
      figure('Requests', grouped(requests), { note: underWay === 0 ? '' : `${grouped(underWay)} under way` }),
      figure('Failed', grouped(failed), {
        note: errors === 0 ? '' : `+ ${grouped(errors)} 4xx/5xx`,
        title: answers,
        isBad: failed > 0,
        onClick: only('failed'),
      }),
      figure('Reused', formatShare(reused, granted), {
        title: `${grouped(reused)} of ${plural(granted, 'attempt')} had a connection that was there`,
        onClick: only('new-connection'),
        hint: 'show those that had a new one',
      }),
      figure('p50', ms(p50Ms)),
      figure('p95', ms(p95Ms)),
      figure('p99', ms(p99Ms), {
        note: slowestMs === undefined ? '' : `max ${formatMs(slowestMs)}`,
        onClick: slow,
        hint: 'show the slowest 1 %',
      }),
    );
  }
}

function ms(value: number | undefined): string {
  return value === undefined ? '–' : formatMs(value);
}

interface FigureParts {
  readonly note?: string;
  readonly title?: string;
  readonly isBad?: boolean;
  readonly onClick?: () => void;
  /** What a click does. */
  readonly hint?: string;
}

function figure(label: string, value: string, { note = '', title = '', isBad = false, onClick, hint = '' }: FigureParts = {}): HTMLElement {
  const parts = { className: isBad ? 'figure bad' : 'figure', title: [title, hint].filter(Boolean).join('; ') };
  const made = onClick === undefined ? element('div', parts) : button('', onClick, parts);
  made.append(element('span', { className: 'label', text: label }), element('strong', { text: value }), element('small', { text: note }));
  return made;
}

function timeCard({ typical, slowest }: ReturnType<typeof comparedShares>, marks: readonly HTMLElement[]): HTMLElement {
  const bars = [shareBar('Middle half', typical), shareBar('Slowest\u00a01\u00a0%', slowest)];
  const phases = [...PHASES, 'outside'] as const;
  const legend = phases.flatMap((phase, at) => {
    const most = Math.max(typical?.phaseMs[at] ?? 0, slowest?.phaseMs[at] ?? 0);
    const outside = 'in no phase: a cache, a delay before a retry, middleware';
    if (phase === 'outside') return most < 0.0005 ? [] : [legendItem(phase, 'Outside', outside)];
    return [legendItem(phase, PHASE_LABELS[phase].label, PHASE_LABELS[phase].meaning)];
  });
  return element(
    'div',
    { className: 'card time' },
    element('h2', { text: 'Where the time goes' }),
    ...bars,
    element('div', { className: 'legend' }, ...legend, ...marks),
  );
}

/** What else is drawn in rows, where it occurs. */
function marksIn(shown: State['shown']): readonly HTMLElement[] {
  const dial = 'the request began to dial, was served by another connection meanwhile, and what it had dialled went to another';
  const hasDial = shown.some(({ exchange }) => exchange.attempts.some((attempt) => attempt.dial !== undefined));
  const isSentAgain = shown.some(({ exchange }) => exchange.attempts.length > 1);
  return [
    ...(hasDial ? [legendItem('dial', 'Dial not waited for', dial)] : []),
    ...(isSentAgain ? [legendItem('again', 'Sent again', 'where another attempt began')] : []),
  ];
}

function legendItem(phase: SwatchKind, label: string, meaning: string): HTMLElement {
  return element('span', { title: meaning }, swatch(phase), document.createTextNode(label));
}

function shareBar(label: string, shares: PhaseShares | undefined): HTMLElement {
  const bar = element('span', { className: 'shares' });
  const phases = [...PHASES, 'outside'] as const;
  const said: string[] = [];
  for (const [at, part] of (shares?.phaseMs ?? []).entries()) {
    const phase = phases[at] ?? 'outside';
    const share = shares === undefined || shares.meanMs === 0 ? 0 : part / shares.meanMs;
    if (share < 0.001) continue;
    const text = `${phase === 'outside' ? 'Outside' : PHASE_LABELS[phase].label}: ${formatMs(part)} on average, ${formatShare(share, 1)}`;
    const piece = element('i', { className: `bar ${phase}`, title: text });
    piece.style.flexGrow = String(share);
    if (share > 0.13) piece.append(element('b', { text: `${Math.round(share * 100)} %` }));
    bar.append(piece);
    said.push(text);
  }
  const mean = shares === undefined ? '–' : formatMs(shares.meanMs);
  const title = shares === undefined ? '' : `${plural(shares.requests, 'request')}: ${said.join('; ')}`;
  return element(
    'div',
    { className: 'share-row', title },
    element('span', { text: label }),
    bar,
    element('span', { className: 'number', text: mean }),
  );
}

interface Line {
  readonly count: number;
  readonly text: string;
  readonly title?: string;
}

function closedCard(
  connections: readonly {
    readonly reason?: string | undefined;
    readonly meaning?: string | undefined;
    readonly closedMs?: number | undefined;
  }[],
): HTMLElement {
  const closed = connections.filter(({ closedMs }) => closedMs !== undefined);
  const counts = new Map<string, { count: number; title: string }>();
  for (const { reason = 'unknown', meaning = '' } of closed) {
    const known = counts.get(reason);
    if (known === undefined) counts.set(reason, { count: 1, title: meaning });
    else known.count += 1;
  }
  const lines = [...counts].map(([text, { count, title }]) => ({ text, count, title })).toSorted((a, b) => b.count - a.count);
  const open = connections.length - closed.length;
  return card('Connections closed', closed.length, [
    ...linesOf(lines),
    ...(open === 0 ? [] : [element('p', { className: 'muted', text: `${plural(open, 'is', 'are')} open still` })]),
  ]);
}

function card(title: string, count: number, lines: readonly HTMLElement[]): HTMLElement {
  const heading = element('h2', {}, document.createTextNode(title), element('strong', { text: grouped(count) }));
  return element('div', { className: 'card' }, heading, ...lines);
}

function linesOf(lines: readonly Line[]): readonly HTMLElement[] {
  const most = lines[0]?.count ?? 1;
  const few = lines.slice(0, lines.length > MOST_LINES ? MOST_LINES - 1 : MOST_LINES);
  const rest = lines.slice(few.length);
  const made = few.map(({ count, text, title }) =>
    countLine(count, text, { share: count / most, title: title === undefined ? text : `${text}: ${title}` }),
  );
  if (rest.length === 0) return made;
  const others = rest.map(({ count, text }) => `${grouped(count)} ${text}`).join('\n');
  const sum = rest.reduce((total, { count }) => total + count, 0);
  return [...made, countLine(sum, `for ${plural(rest.length, 'other reason')}`, { share: sum / most, title: others })];
}

function countLine(count: number, text: string, { share, title }: { share: number; title: string }): HTMLElement {
  const bar = element('i');
  bar.style.width = `${Math.min(1, share) * 100}%`;
  return element(
    'p',
    { className: 'count-line', title },
    element('span', { className: 'number', text: grouped(count) }),
    element('span', { text }),
    bar,
  );
}
