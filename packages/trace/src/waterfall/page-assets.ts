// oxlint-disable max-lines -- Generated from page/ by `vitest run -u test/waterfall/page-assets.test.ts`: to be read there.
/** What runs in the page of a waterfall. */
export const pageScript: string = `
// page/dom.js
function element(tag, { className, text, title, role, attributes = {} } = {}, ...children) {
    const made = document.createElement(tag);
    if (className !== undefined)
        made.className = className;
    if (text !== undefined)
        made.textContent = text;
    if (title !== undefined)
        made.title = title;
    if (role !== undefined)
        made.setAttribute('role', role);
    for (const [name, value] of Object.entries(attributes))
        made.setAttribute(name, value);
    made.append(...children);
    return made;
}
function button(label, onClick, parts = {}) {
    const made = element('button', { ...parts, text: label, attributes: { type: 'button', ...parts.attributes } });
    made.addEventListener('click', onClick);
    return made;
}
function closestOf(event, selector) {
    const found = event.target instanceof Element ? event.target.closest(selector) : undefined;
    return found instanceof HTMLElement ? found : undefined;
}
function sizedContext(canvas, width, height) {
    const scale = window.devicePixelRatio;
    const [pixelsWide, pixelsHigh] = [Math.round(width * scale), Math.round(height * scale)];
    const context = canvas.getContext('2d') ?? undefined;
    if (canvas.width !== pixelsWide || canvas.height !== pixelsHigh) {
        canvas.width = pixelsWide;
        canvas.height = pixelsHigh;
        canvas.style.width = \`\${width}px\`;
        canvas.style.height = \`\${height}px\`;
    }
    context?.setTransform(scale, 0, 0, scale, 0, 0);
    context?.clearRect(0, 0, width, height);
    return context;
}

// page/help.js
const KEYS = [
    ['↑ ↓ Page Home End', 'go from row to row, in the list that has the focus'],
    ['Enter', 'choose the row: its details stay, and what belongs to it is marked'],
    ['Esc', 'let go of it'],
    ['← →', 'earlier, later'],
    ['+ −', 'zoom in, out'],
    ['0', 'show all of the time'],
    ['f', 'have the time go along with the rows in view'],
    ['/', 'filter'],
    ['o', 'the other order'],
    ['t', 'light or dark'],
    ['?', 'this list'],
    ['Ctrl + wheel', 'zoom at the pointer'],
    ['Shift + wheel, drag', 'earlier, later'],
    ['Drag on a ruler or the overview', 'zoom to what is marked; a double click there shows all again'],
    ['Double click on a request', 'zoom to it'],
];
function helpDialog() {
    const rows = KEYS.flatMap(([keys, text]) => [element('dt', {}, element('kbd', { text: keys })), element('dd', { text })]);
    const dialog = element('dialog', { className: 'help', attributes: { 'aria-label': 'Keys and gestures' } });
    dialog.append(element('h2', { text: 'Keys and gestures' }), element('dl', {}, ...rows), button('Close', () => dialog.close()));
    return dialog;
}

// page/model/time-view.js
const SHORTEST_MS = 0.02;
function wholeView(endMs) {
    return { fromMs: 0, toMs: Math.max(endMs * 1.02, SHORTEST_MS) };
}
function zoomed(view, whole, factor, atMs) {
    const span = spanOf(view);
    const next = Math.min(Math.max(span * factor, SHORTEST_MS), spanOf(whole));
    const fromMs = atMs - ((atMs - view.fromMs) / span) * next;
    return within({ fromMs, toMs: fromMs + next }, whole);
}
function panned(view, whole, byMs) {
    return within({ fromMs: view.fromMs + byMs, toMs: view.toMs + byMs }, whole);
}
function viewBetween(oneMs, otherMs, whole) {
    const fromMs = Math.min(oneMs, otherMs);
    return within({ fromMs, toMs: Math.max(oneMs, otherMs, fromMs + SHORTEST_MS) }, whole);
}
function spanOf({ fromMs, toMs }) {
    return toMs - fromMs;
}
function within(view, whole) {
    const span = Math.min(spanOf(view), spanOf(whole));
    const fromMs = Math.min(Math.max(view.fromMs, whole.fromMs), whole.toMs - span);
    return { fromMs, toMs: fromMs + span };
}

// page/keys.js
const PAN_SHARE = 0.15;
function listenToKeys({ page, toolbar, theme, help }) {
    const pan = (share) => {
        const view = page.rowView();
        page.setRowView(panned(view, page.wholeOfRows(), spanOf(view) * share));
    };
    const actions = {
        '+': () => toolbar.zoom(0.6),
        '=': () => toolbar.zoom(0.6),
        '-': () => toolbar.zoom(1 / 0.6),
        '0': () => toolbar.zoomOut(),
        'ArrowLeft': () => pan(-PAN_SHARE),
        'ArrowRight': () => pan(PAN_SHARE),
        'f': () => toolbar.toggleFollowing(),
        '/': () => toolbar.search.focus(),
        'o': () => page.change({ order: page.state.order === 'time' ? 'slowest' : 'time' }),
        't': () => theme.click(),
        '?': () => help.showModal(),
        'Escape': () => page.change({ selection: { kind: 'none' } }),
    };
    document.addEventListener('keydown', (event) => {
        if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || help.open)
            return;
        const isTyping = event.target instanceof HTMLInputElement || event.target instanceof HTMLSelectElement;
        if (isTyping && event.key !== 'Escape')
            return;
        if (isTyping && event.target instanceof HTMLElement)
            event.target.blur();
        const action = actions[event.key];
        if (action === undefined)
            return;
        event.preventDefault();
        action();
    });
}

// page/model/format.js
function formatMs(ms) {
    if (ms >= 999.5)
        return \`\${threeDigits(ms / 1000)} s\`;
    return \`\${ms < 1 ? ms.toFixed(2) : threeDigits(ms)} ms\`;
}
function threeDigits(value) {
    if (value < 9.995)
        return value.toFixed(2);
    return value < 99.95 ? value.toFixed(1) : grouped(Math.round(value));
}
function columnMs(ms) {
    const [whole = '', tenths = ''] = ms.toFixed(1).split('.');
    return \`\${grouped(Number(whole))}.\${tenths}\`;
}
function grouped(value) {
    return String(value).replaceAll(/\\B(?=(?:\\d{3})+$)/g, '\\u202f');
}
function formatShare(part, whole) {
    if (whole === 0)
        return '–';
    const percent = (part / whole) * 100;
    if (percent > 0 && percent < 0.1)
        return '< 0.1 %';
    if (percent < 100 && percent > 99.9)
        return '> 99.9 %';
    return \`\${percent === 100 || percent === 0 ? percent : percent.toFixed(1)} %\`;
}
function formatBytes(bytes) {
    if (bytes < 1024)
        return \`\${bytes} B\`;
    const kibibytes = bytes / 1024;
    return kibibytes < 1024 ? \`\${threeDigits(kibibytes)} KiB\` : \`\${threeDigits(kibibytes / 1024)} MiB\`;
}
function plural(count, one, many = \`\${one}s\`) {
    return \`\${grouped(count)} \${count === 1 ? one : many}\`;
}

// page/model/lane-geometry.js
const PADDING = 6;
const LOWEST_LANE = 26;
function levelHeight(depth) {
    return depth === 1 ? LOWEST_LANE - 2 * PADDING : Math.min(8, Math.max(0.5, 110 / depth));
}
function laneHeight(depth) {
    return Math.max(LOWEST_LANE, Math.ceil(depth * levelHeight(depth)) + 2 * PADDING);
}
function firstLevelTop(depth) {
    return (laneHeight(depth) - depth * levelHeight(depth)) / 2;
}
function useAt(lane, atMs, top, slackMs) {
    const level = Math.floor((top - firstLevelTop(lane.depth)) / levelHeight(lane.depth));
    const distance = ({ startMs, endMs }) => Math.max(startMs - atMs, atMs - endMs, 0);
    let nearest;
    for (const use of lane.uses) {
        if (use.level !== level || distance(use) > slackMs)
            continue;
        if (nearest === undefined || distance(use) < distance(nearest))
            nearest = use;
    }
    return nearest;
}
function gapAt({ idle }, atMs) {
    return idle.find(([from, to]) => from <= atMs && atMs < to);
}

// page/lane-drawing.js
const FONT = '10.5px system-ui, sans-serif';
const SET_UP_HEIGHT = 8;
const NARROWEST = 1;
function drawLane(canvas, lane, axis, emphasis) {
    const context = sizedContext(canvas, axis.width, laneHeight(lane.depth));
    if (context === undefined)
        return;
    const { view, width } = axis;
    const brush = { context, axis, x: (atMs) => ((atMs - view.fromMs) / spanOf(view)) * width };
    drawDial(brush, lane);
    drawIdle(brush, lane);
    drawUses(brush, lane, emphasis);
    drawEnd(brush, lane);
}
function fillSpan({ context, axis, x }, [, from, to], top, height) {
    const left = Math.max(x(from), -2);
    const right = Math.min(Math.max(x(to), left + NARROWEST), axis.width + 2);
    if (right > left)
        context.fillRect(left, top, right - left, height);
}
function drawDial(brush, { dial, depth }) {
    const top = (laneHeight(depth) - SET_UP_HEIGHT) / 2;
    for (const step of dial) {
        brush.context.fillStyle = brush.axis.palette.phases[step[0]] ?? brush.axis.palette.muted;
        fillSpan(brush, step, top, SET_UP_HEIGHT);
    }
}
function drawIdle(brush, { idle, depth }) {
    const { context, axis, x } = brush;
    const middle = laneHeight(depth) / 2;
    for (const [from, to] of idle) {
        context.fillStyle = axis.palette.line;
        fillSpan(brush, [0, from, to], middle - 0.75, 1.5);
        const left = Math.max(x(from), 0);
        const room = Math.min(x(to), axis.width) - left;
        if (room > 90)
            drawText(brush, \`idle \${formatMs(to - from)}\`, left + room / 2, middle);
    }
}
function drawText({ context, axis }, text, centre, middle) {
    context.font = FONT;
    context.textAlign = 'center';
    context.textBaseline = 'middle';
    const half = context.measureText(text).width / 2 + 5;
    context.fillStyle = axis.palette.background;
    context.fillRect(centre - half, middle - 7, half * 2, 14);
    context.fillStyle = axis.palette.muted;
    context.fillText(text, centre, middle);
}
function drawUses(brush, lane, { shown, selected }) {
    const { context, axis, x } = brush;
    const reached = [];
    for (const use of lane.uses) {
        const right = x(use.endMs);
        if (right < 0 || x(use.startMs) > axis.width || right < (reached[use.level] ?? -Infinity))
            continue;
        reached[use.level] = Math.max(right, x(use.startMs) + NARROWEST);
        context.globalAlpha = shown.has(use.exchange) ? 1 : 0.18;
        drawUse(brush, lane, use);
    }
    context.globalAlpha = 1;
    const chosen = selected === undefined ? [] : lane.uses.filter(({ exchange }) => exchange === selected);
    for (const use of chosen)
        outline(brush, lane, use);
}
function drawUse(brush, { depth }, { attempt, startMs, endMs, level }) {
    const { context, axis, x } = brush;
    const height = levelHeight(depth);
    const top = firstLevelTop(depth) + level * height;
    const inner = height > 4 ? height - 1 : height;
    for (const segment of attempt.segments) {
        if (segment[2] <= startMs)
            continue;
        context.fillStyle = axis.palette.phases[segment[0]] ?? axis.palette.muted;
        fillSpan(brush, [segment[0], Math.max(segment[1], startMs), segment[2]], top, inner);
    }
    const isApart = x(endMs) - x(startMs) > 4 && depth === 1;
    if (isApart) {
        context.fillStyle = axis.palette.background;
        context.fillRect(x(endMs) - 0.5, top, 1, inner);
    }
    if (attempt.error === undefined)
        return;
    context.fillStyle = axis.palette.bad;
    context.fillRect(x(endMs) - 2, top, 3, inner);
}
function outline(brush, { depth }, { startMs, endMs, level }) {
    const { context, axis, x } = brush;
    const height = levelHeight(depth);
    const left = Math.max(x(startMs), -4);
    const right = Math.min(Math.max(x(endMs), left + 3), axis.width + 4);
    context.lineWidth = 2;
    context.strokeStyle = axis.palette.text;
    context.strokeRect(left - 1, firstLevelTop(depth) + level * height - 1, right - left + 2, Math.max(height, 3) + 1);
}
function drawEnd({ context, axis, x }, { connection, depth }) {
    if (connection.closedMs === undefined)
        return;
    const at = x(connection.closedMs);
    const height = laneHeight(depth);
    context.fillStyle = axis.palette.bad;
    context.fillRect(at - 1, 4, 2, height - 8);
    context.font = FONT;
    const text = connection.reason ?? 'closed';
    if (at < -100 || at + context.measureText(text).width + 8 > axis.width)
        return;
    context.textAlign = 'left';
    context.textBaseline = 'middle';
    context.fillText(text, at + 6, height / 2);
}

// page-data.js
const PHASES = ['queued', 'dns', 'connect', 'proxy', 'tls', 'send', 'wait', 'download'];

// page/model/opened-because.js
function openedBecause(lanes) {
    const routes = new Map();
    return lanes.map((lane) => {
        const name = \`\${lane.connection.origin} \${lane.connection.proxy ?? ''}\`;
        const route = routes.get(name) ?? { before: [], mostOpen: 0, replaced: new Set() };
        routes.set(name, route);
        const atMs = lane.connection.dialMs ?? lane.connection.openedMs;
        const open = route.before.filter(({ endMs, connection }) => connection.closedMs === undefined || endMs > atMs);
        const because = lane.connection.dialMs === undefined ? UNKNOWN : causeOf(atMs, open, route);
        route.before.push(lane);
        route.mostOpen = Math.max(route.mostOpen, open.length + 1);
        return because;
    });
}
const UNKNOWN = { kind: 'unknown' };
function causeOf(dialMs, open, route) {
    if (route.before.length === 0)
        return { kind: 'first' };
    const idle = open.filter((lane) => isIdle(lane, dialMs)).length;
    if (idle > 0)
        return { kind: 'despite-idle', idle };
    const last = open.length < route.mostOpen ? lastClosed(route, dialMs) : undefined;
    if (last === undefined)
        return { kind: 'all-busy', others: open.length };
    route.replaced.add(last);
    return { kind: 'replaces', reason: last.reason ?? 'unknown' };
}
function lastClosed({ before, replaced }, untilMs) {
    let last;
    for (const { connection } of before) {
        const { closedMs } = connection;
        if (closedMs === undefined || closedMs > untilMs || replaced.has(connection))
            continue;
        if (closedMs >= (last?.closedMs ?? 0))
            last = connection;
    }
    return last;
}
function isIdle({ idle }, atMs) {
    return idle.some(([from, to]) => from <= atMs && atMs < to);
}
function countCauses(causes) {
    const counts = new Map();
    for (const because of causes) {
        const key = because.kind === 'replaces' ? \`\${because.kind} \${because.reason}\` : because.kind;
        const known = counts.get(key);
        if (known === undefined)
            counts.set(key, { because, count: 1 });
        else
            known.count += 1;
    }
    return [...counts.values()].toSorted((a, b) => b.count - a.count);
}
function causeText(because) {
    switch (because.kind) {
        case 'first':
            return 'first to its origin';
        case 'all-busy':
            return 'all others were busy';
        case 'replaces':
            return \`replaced one: \${because.reason}\`;
        case 'despite-idle':
            return 'a fresh one was asked for';
        case 'unknown':
            return 'open before the log began';
    }
}

// page/model/details.js
function exchangeDetails({ exchange, durationMs, outcome, phaseMs, outsideMs }) {
    const { attempts } = exchange;
    return {
        title: \`\${exchange.method} \${exchange.url}\`,
        subtitle: [\`#\${exchange.id}\`, statusText(exchange.status, outcome), exchange.proto].filter((part) => part !== undefined).join(' · '),
        problem: exchange.error,
        phases: PHASES.flatMap((phase, at) => {
            const ms = phaseMs[at] ?? 0;
            return ms > 0 ? [[phase, ms]] : [];
        }),
        rows: [
            ['Total', outcome === 'under-way' ? \`\${formatMs(durationMs)} so far\` : formatMs(durationMs)],
            ['Started at', \`+\${formatMs(exchange.startMs)}\`],
            ...(outsideMs > 0.0005 ? [['Outside the Transport', formatMs(outsideMs)]] : []),
            ...attempts.flatMap((attempt, at) => attempts.length > 1 ? attemptHeading(attempt, at).concat(attemptRows(attempt)) : attemptRows(attempt)),
            ...(exchange.notes ?? []).map((note) => ['Note', note]),
        ],
    };
}
function statusText(status, outcome) {
    if (outcome === 'failed')
        return status === undefined ? 'failed' : \`\${status}, failed\`;
    return status === undefined ? 'under way' : String(status);
}
function attemptHeading({ cause, error }, at) {
    const heading = [\`Attempt \${at + 1}\`, at === 0 ? '' : cause];
    return error === undefined ? [heading] : [heading, ['Failed', error]];
}
function attemptRows(attempt) {
    const { stream, sentBytes, receivedBytes, tlsResumed, dial, dialDonatedTo } = attempt;
    const rows = [
        ['Connection', connectionText(attempt)],
        stream !== undefined && ['Stream', String(stream)],
        tlsResumed === true && ['TLS', 'resumed'],
        dial !== undefined && ['Own dial', dialDonatedTo === undefined ? 'not waited for' : \`went to \${donee(dialDonatedTo)}\`],
        sentBytes !== undefined && sentBytes > 0 && ['Sent', formatBytes(sentBytes)],
        receivedBytes !== undefined && ['Received', formatBytes(receivedBytes)],
    ];
    return rows.filter((row) => row !== false);
}
function donee(donatedTo) {
    return donatedTo === 'pool' ? 'the idle pool' : 'another request';
}
function connectionText({ connection, reused, wasIdle, idleMs = 0 }) {
    if (connection === undefined)
        return 'none';
    if (reused !== true)
        return \`\${connection}, new\`;
    return wasIdle === true ? \`\${connection}, reused after \${formatMs(idleMs)} idle\` : \`\${connection}, reused at once\`;
}
function connectionDetails({ data, lanes, because }, index) {
    const lane = lanes[index];
    if (lane === undefined)
        return { title: 'unknown', subtitle: '', phases: [], rows: [] };
    const { connection, uses, idle, depth, endMs } = lane;
    const lifeMs = endMs - connection.openedMs;
    const idleMs = idle.reduce((sum, [from, to]) => sum + to - from, 0);
    const cause = because[index];
    const rows = [
        ['Carried', plural(connection.carried, 'request')],
        connection.carried > uses.length && ['In this log', plural(uses.length, 'request')],
        depth > 1 && ['At once, at most', plural(depth, 'request')],
        ['Opened at', \`+\${formatMs(connection.openedMs)}\`],
        cause !== undefined && ['Opened because', causeText(cause)],
        ['Lifetime', connection.closedMs === undefined ? \`\${formatMs(lifeMs)}, still open\` : formatMs(lifeMs)],
        ['Idle', \`\${formatMs(idleMs)} (\${formatShare(idleMs, lifeMs)}) in \${plural(idle.length, 'gap')}\`],
        connection.reason !== undefined && ['Closed', \`\${connection.reason}: \${connection.meaning ?? 'for no known reason'}\`],
        connection.remote !== undefined && ['Remote address', connection.remote],
        connection.proxy !== undefined && ['Proxy', connection.proxy],
    ];
    return {
        title: \`Connection \${connection.id}\`,
        subtitle: \`\${data.origins[connection.origin] ?? ''} · \${connection.protocol}\`,
        phases: lane.dial.map(([phase, from, to]) => [PHASES[phase] ?? 'queued', to - from]),
        rows: rows.filter((row) => row !== false),
    };
}
function idleText(fromMs, toMs, closes) {
    return closes === undefined ? \`Idle for \${formatMs(toMs - fromMs)}\` : \`Idle for \${formatMs(toMs - fromMs)}, then closed: \${closes}\`;
}
function spoken({ title, subtitle, problem, phases, rows }) {
    const parts = [...phases.map(([phase, ms]) => \`\${phase} \${formatMs(ms)}\`), ...rows.map(([label, value]) => \`\${label} \${value}\`)];
    return [title, subtitle, problem, ...parts].filter(Boolean).join(', ');
}

// page/palette.js
function readPalette() {
    const probe = element('span');
    document.body.append(probe);
    const colour = (name) => {
        probe.style.color = \`var(--\${name})\`;
        return getComputedStyle(probe).color;
    };
    const palette = {
        phases: PHASES.map(colour),
        text: colour('text'),
        muted: colour('muted'),
        line: colour('line-strong'),
        accent: colour('accent'),
        bad: colour('bad'),
        background: colour('background'),
    };
    probe.remove();
    return palette;
}

// page/model/row-range.js
function rowsBetween(tops, top, bottom, spare) {
    const rows = tops.length - 1;
    const first = lastAtOrBefore(tops, top);
    const last = lastAtOrBefore(tops, bottom);
    return { from: Math.max(0, Math.min(first, rows) - spare), to: Math.max(0, Math.min(rows, last + 1 + spare)) };
}
function lastAtOrBefore(tops, at) {
    let low = 0;
    let high = tops.length;
    while (low < high) {
        const middle = (low + high) >> 1;
        if ((tops[middle] ?? Infinity) <= at)
            low = middle + 1;
        else
            high = middle;
    }
    return low - 1;
}
function topsOf(heights) {
    const tops = [0];
    let top = 0;
    for (const height of heights) {
        top += height;
        tops.push(top);
    }
    return tops;
}

// page/row-list.js
const SPARE_ROWS = 8;
class RowList {
    scroller;
    #content;
    #options;
    #rows = new Map();
    #spare = [];
    #tops = [0];
    #active = -1;
    constructor(options) {
        this.#options = options;
        this.#content = element('div', { className: 'rows' });
        const attributes = { 'tabindex': '0', 'aria-label': options.label };
        this.scroller = element('div', { className: 'scroller', role: 'listbox', attributes }, this.#content);
        this.scroller.addEventListener('scroll', () => this.#show(false), { passive: true });
        this.scroller.addEventListener('keydown', (event) => this.#onKey(event));
        this.scroller.addEventListener('focus', () => this.#go(Math.max(0, this.#active), false));
    }
    get length() {
        return this.#tops.length - 1;
    }
    resize(heights) {
        this.#tops = topsOf(heights);
        const height = \`\${this.#tops.at(-1) ?? 0}px\`;
        if (this.#content.style.height !== height)
            this.#content.style.height = height;
        if (this.#active >= this.length)
            this.#active = -1;
    }
    refresh() {
        this.#show(true);
    }
    inView() {
        const { scrollTop, clientHeight } = this.scroller;
        return rowsBetween(this.#tops, scrollTop, scrollTop + clientHeight, 0);
    }
    get active() {
        return this.#active;
    }
    reveal(line) {
        if (line < 0 || line >= this.length)
            return;
        this.#active = line;
        const top = this.#tops[line] ?? 0;
        const bottom = this.#tops[line + 1] ?? top;
        const { scrollTop, clientHeight } = this.scroller;
        if (top < scrollTop || bottom > scrollTop + clientHeight)
            this.scroller.scrollTop = Math.max(0, (top + bottom - clientHeight) / 2);
        this.#show(true);
    }
    #show(isChanged) {
        const { scrollTop, clientHeight } = this.scroller;
        const { from, to } = rowsBetween(this.#tops, scrollTop, scrollTop + clientHeight, SPARE_ROWS);
        for (const [line, row] of this.#rows) {
            if (line >= from && line < to)
                continue;
            this.#rows.delete(line);
            this.#spare.push(row);
        }
        for (let line = from; line < to; line++)
            this.#showLine(line, isChanged);
        for (const row of this.#spare)
            row.hidden = true;
        const active = this.#rows.get(this.#active);
        if (active === undefined)
            this.scroller.removeAttribute('aria-activedescendant');
        else
            this.scroller.setAttribute('aria-activedescendant', active.id);
    }
    #showLine(line, isChanged) {
        const known = this.#rows.get(line);
        if (known !== undefined && !isChanged)
            return;
        const row = known ?? this.#takeRow();
        this.#rows.set(line, row);
        const top = this.#tops[line] ?? 0;
        row.style.transform = \`translateY(\${top}px)\`;
        row.style.height = \`\${(this.#tops[line + 1] ?? top) - top}px\`;
        row.dataset['line'] = String(line);
        row.setAttribute('aria-posinset', String(line + 1));
        row.setAttribute('aria-setsize', String(this.length));
        row.classList.toggle('active', line === this.#active);
        this.#options.fill(row, line);
    }
    #takeRow() {
        const used = this.#spare.pop();
        if (used !== undefined) {
            used.hidden = false;
            return used;
        }
        const row = this.#options.create();
        row.setAttribute('role', 'option');
        row.id = \`\${this.#options.label.toLowerCase()}-\${this.#content.childElementCount}\`;
        this.#content.append(row);
        return row;
    }
    #onKey(event) {
        if (event.ctrlKey || event.metaKey || event.altKey)
            return;
        const page = Math.max(1, Math.floor((this.scroller.clientHeight / Math.max(1, this.#tops.at(-1) ?? 1)) * this.length) - 1);
        const steps = {
            ArrowDown: 1,
            ArrowUp: -1,
            PageDown: page,
            PageUp: -page,
            Home: -Infinity,
            End: Infinity,
        };
        const step = steps[event.key];
        if (step !== undefined)
            this.#go(Math.min(this.length - 1, Math.max(0, this.#active + step)), true);
        else if (event.key === 'Enter' && this.#active >= 0)
            this.#options.onChoose(this.#active);
        else
            return;
        event.preventDefault();
    }
    #go(line, isVisit) {
        this.reveal(line);
        const row = this.#rows.get(line);
        if (isVisit && row !== undefined)
            this.#options.onVisit(line, row);
    }
}

// page/model/ticks.js
const SECONDS = { name: 's', ms: 1000 };
const MILLISECONDS = { name: 'ms', ms: 1 };
function ticksOf(view, most) {
    const step = roundStep(spanOf(view) / Math.max(1, most));
    const ticks = [];
    const unit = view.toMs >= 1000 ? SECONDS : MILLISECONDS;
    for (let at = Math.ceil(view.fromMs / step); at * step <= view.toMs; at++) {
        ticks.push({ atMs: at * step, label: tickLabel(at * step, step, unit) });
    }
    return ticks;
}
function roundStep(least) {
    const power = 10 ** Math.floor(Math.log10(least));
    const factor = [1, 2, 5, 10].find((each) => each * power >= least * 0.999_999) ?? 10;
    return factor * power;
}
function tickLabel(atMs, stepMs, { name, ms }) {
    const digits = Math.max(0, Math.ceil(-Math.log10(stepMs / ms) - 1e-9));
    return \`\${(atMs / ms).toFixed(digits)} \${name}\`;
}

// page/ruler.js
const TICK_PIXELS = 110;
const LABEL_PIXELS = 52;
class Ruler {
    bar = element('div', { className: 'ruler', attributes: { 'aria-hidden': 'true' } });
    lines = element('div', { className: 'grid-lines', attributes: { 'aria-hidden': 'true' } });
    #mark = element('div', { className: 'range-mark' });
    #labels = element('div');
    constructor() {
        this.#mark.hidden = true;
        this.bar.append(this.#labels, this.#mark);
    }
    draw(view, width) {
        const ticks = ticksOf(view, Math.floor(width / TICK_PIXELS));
        const left = (atMs) => \`\${((atMs - view.fromMs) / spanOf(view)) * width}px\`;
        const labelled = ticks.filter(({ atMs }) => ((view.toMs - atMs) / spanOf(view)) * width > LABEL_PIXELS);
        this.#labels.replaceChildren(...labelled.map(({ atMs, label }) => placed(element('span', { text: label }), left(atMs))));
        this.lines.replaceChildren(...ticks.map(({ atMs }) => placed(element('i'), left(atMs))));
    }
    mark(range) {
        this.#mark.hidden = range === undefined;
        if (range === undefined)
            return;
        this.#mark.style.left = \`\${range.left}px\`;
        this.#mark.style.width = \`\${range.width}px\`;
    }
}
function placed(made, left) {
    made.style.left = left;
    return made;
}

// page/time-gestures.js
const DRAG_PIXELS = 4;
const ZOOM_PER_PIXEL = 1.0015;
function timeAt({ left, width, view }, x) {
    return view.fromMs + ((x - left) / width) * spanOf(view);
}
function zoomByWheel(target, { scale, onView }) {
    const onWheel = (event) => {
        const now = scale();
        const isSideways = event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY);
        if (event.ctrlKey || event.metaKey)
            onView(zoomed(now.view, now.whole, ZOOM_PER_PIXEL ** event.deltaY, timeAt(now, event.clientX)));
        else if (isSideways)
            onView(panned(now.view, now.whole, ((event.deltaX || event.deltaY) / now.width) * spanOf(now.view)));
        else
            return;
        event.preventDefault();
    };
    target.addEventListener('wheel', onWheel, { passive: false });
}
function panByDrag(target, { scale, onView }) {
    onDrag(target, () => scale(), {
        move: (start, fromX, toX) => onView(panned(start.view, start.whole, ((fromX - toX) / start.width) * spanOf(start.view))),
    });
}
function chooseByDrag(target, { scale, onView, onMark }) {
    onDrag(target, () => scale(), {
        move: ({ left }, fromX, toX) => onMark({ left: Math.min(fromX, toX) - left, width: Math.abs(toX - fromX) }),
        end: (start, fromX, toX) => {
            onMark(undefined);
            onView(viewBetween(timeAt(start, fromX), timeAt(start, toX), start.whole));
        },
    });
}
function onDrag(target, begin, steps) {
    target.addEventListener('pointerdown', (down) => {
        const start = begin();
        const isOnAxis = down.clientX >= start.left && down.clientX <= start.left + start.width;
        if (down.button !== 0 || !isOnAxis)
            return;
        let isDrag = false;
        const move = (event) => {
            if (!isDrag && Math.abs(event.clientX - down.clientX) < DRAG_PIXELS)
                return;
            if (!isDrag)
                target.setPointerCapture(down.pointerId);
            isDrag = true;
            steps.move(start, down.clientX, event.clientX);
        };
        const up = (event) => {
            target.removeEventListener('pointermove', move);
            target.removeEventListener('pointerup', up);
            target.removeEventListener('pointercancel', up);
            if (!isDrag)
                return;
            steps.end?.(start, down.clientX, event.clientX);
            swallowClick(target);
        };
        target.addEventListener('pointermove', move);
        target.addEventListener('pointerup', up);
        target.addEventListener('pointercancel', up);
    });
}
function swallowClick(target) {
    const swallow = (event) => event.stopImmediatePropagation();
    target.addEventListener('click', swallow, { capture: true, once: true });
    setTimeout(() => target.removeEventListener('click', swallow, { capture: true }), 0);
}

// page/pane.js
class Pane {
    root;
    list;
    headings;
    #ruler = new Ruler();
    #options;
    #left = 0;
    #width = 1;
    #isMoved = true;
    constructor(options) {
        this.#options = options;
        this.list = new RowList(options);
        const cells = options.headings.map((text) => element('span', { text }));
        this.headings = element('div', { className: 'headings', attributes: { 'aria-hidden': 'true' } }, ...cells, this.#ruler.bar);
        this.root = element('section', { className: \`pane \${options.className}\`, attributes: { 'aria-label': options.label } });
        this.root.append(this.headings, this.#ruler.lines, this.list.scroller);
        this.#listen();
    }
    get axisWidth() {
        return this.#width;
    }
    scale() {
        const { left } = this.root.getBoundingClientRect();
        return { left: left + this.#left, width: this.#width, view: this.#options.view(), whole: this.#options.whole() };
    }
    draw() {
        this.#measure();
        this.#ruler.draw(this.#options.view(), this.#width);
        this.list.refresh();
    }
    #measure() {
        if (!this.#isMoved)
            return;
        this.#isMoved = false;
        const bar = this.#ruler.bar.getBoundingClientRect();
        this.#left = bar.left - this.root.getBoundingClientRect().left;
        this.#width = Math.max(1, bar.width);
        this.root.style.setProperty('--axis-left', \`\${this.#left}px\`);
        this.root.style.setProperty('--axis-width', \`\${this.#width}px\`);
    }
    #listen() {
        const gestures = { scale: () => this.scale(), onView: this.#options.onView };
        zoomByWheel(this.root, gestures);
        panByDrag(this.list.scroller, gestures);
        chooseByDrag(this.#ruler.bar, { ...gestures, onMark: (range) => this.#ruler.mark(range) });
        this.#ruler.bar.addEventListener('dblclick', () => this.#options.onView(this.#options.whole()));
        this.list.scroller.addEventListener('scroll', this.#options.onScroll, { passive: true });
        const observer = new ResizeObserver(() => {
            this.#isMoved = true;
            this.#options.onResize();
        });
        for (const each of [this.root, this.#ruler.bar])
            observer.observe(each);
    }
}

// page/lane-pane.js
const SLACK_PIXELS = 3;
class LanePane {
    pane;
    #page;
    #tooltip;
    #palette;
    #used = [];
    #usedBy;
    #lanes = [];
    #related = new Set();
    #selection = { kind: 'none' };
    #room = 0;
    #drawn = [];
    #filledWith = new WeakMap();
    constructor(page, tooltip) {
        this.#page = page;
        this.#tooltip = tooltip;
        this.pane = new Pane({
            label: 'Connections',
            className: 'connections',
            headings: ['Conn', 'Origin', 'Requests', 'Closed'],
            view: () => page.state.clock,
            whole: () => page.model.whole,
            onView: (clock) => page.setClock(clock),
            onResize: () => {
                this.#room += 1;
                page.redraw();
            },
            onScroll: () => { },
            create: createLaneRow,
            fill: (row, line) => this.#fill(row, line),
            onChoose: (line) => this.#select({ kind: 'connection', index: this.#lanes[line] ?? -1 }),
            onVisit: (line, row) => this.#visit(line, row),
        });
        this.#listen();
        page.add((state) => this.#draw(state));
    }
    forgetColours() {
        this.#palette = undefined;
        this.#page.redraw();
    }
    #draw(state) {
        const key = [state.clock, state.shownPlaces, state.selection, this.#palette, this.#room];
        if (key.every((part, at) => part === this.#drawn[at]))
            return;
        this.#palette ??= readPalette();
        this.#drawn = [state.clock, state.shownPlaces, state.selection, this.#palette, this.#room];
        this.#drawAnew(state);
    }
    #drawAnew(state) {
        const { model } = this.#page;
        const isNew = state.selection !== this.#selection;
        this.#selection = state.selection;
        if (this.#usedBy !== state.shownPlaces)
            this.#used = usedLanes(model, state);
        this.#usedBy = state.shownPlaces;
        this.#lanes = this.#used.filter((index) => isInView(model.lanes[index], state.clock));
        const [, origin] = this.pane.headings.children;
        origin?.replaceChildren(\`Origin · \${grouped(this.#lanes.length)} of \${grouped(model.lanes.length)} in view\`);
        if (isNew)
            this.#related = relatedLanes(this.#page, state.selection);
        this.pane.list.resize(this.#lanes.map((index) => laneHeight(model.lanes[index]?.depth ?? 1)));
        this.pane.draw();
        if (!isNew)
            return;
        const wanted = state.selection.kind === 'connection' ? state.selection.index : [...this.#related].at(-1);
        if (wanted !== undefined)
            this.pane.list.reveal(this.#lanes.indexOf(wanted));
    }
    #fill(row, line) {
        const { model, state } = this.#page;
        const index = this.#lanes[line] ?? -1;
        const lane = model.lanes[index];
        if (lane === undefined)
            return;
        if (this.#filledWith.get(row) !== lane)
            fillLaneCells(row, lane, model, index);
        this.#filledWith.set(row, lane);
        const selected = state.selection.kind === 'exchange' ? state.selection.index : undefined;
        row.setAttribute('aria-selected', String(state.selection.kind === 'connection' && state.selection.index === index));
        row.classList.toggle('related', this.#related.has(index));
        this.#palette ??= readPalette();
        const axis = { view: state.clock, width: this.pane.axisWidth, palette: this.#palette };
        const canvas = row.lastElementChild;
        if (canvas instanceof HTMLCanvasElement)
            drawLane(canvas, lane, axis, { shown: state.shownPlaces, selected });
    }
    #visit(line, row) {
        const { left } = this.pane.scale();
        const details = connectionDetails(this.#page.model, this.#lanes[line] ?? -1);
        this.#tooltip.show(details, left, row.getBoundingClientRect().bottom);
    }
    #select(selection) {
        this.#tooltip.hide();
        this.#page.change({ selection });
    }
    #listen() {
        const { scroller } = this.pane.list;
        scroller.addEventListener('click', (event) => {
            const pointed = this.#pointedAt(event);
            if (pointed !== undefined)
                this.#select(pointed.selection);
        });
        scroller.addEventListener('pointermove', (event) => {
            const pointed = event.buttons === 0 ? this.#pointedAt(event) : undefined;
            if (pointed === undefined)
                this.#tooltip.hide();
            else
                this.#tooltip.show(pointed.details, event.clientX, event.clientY);
        });
        scroller.addEventListener('pointerleave', () => this.#tooltip.hide());
        scroller.addEventListener('blur', () => this.#tooltip.hide());
    }
    #pointedAt(event) {
        const row = closestOf(event, '.row');
        const index = this.#lanes[Number(row?.dataset['line'] ?? -1)];
        const lane = index === undefined ? undefined : this.#page.model.lanes[index];
        if (row === undefined || index === undefined || lane === undefined)
            return undefined;
        const scale = this.pane.scale();
        const atMs = timeAt(scale, event.clientX);
        const slackMs = (SLACK_PIXELS / scale.width) * spanOf(scale.view);
        const isOnAxis = event.clientX >= scale.left;
        const use = isOnAxis ? useAt(lane, atMs, event.clientY - row.getBoundingClientRect().top, slackMs) : undefined;
        const facts = use === undefined ? undefined : this.#page.model.facts[use.exchange];
        if (facts !== undefined)
            return { selection: { kind: 'exchange', index: facts.index }, details: exchangeDetails(facts) };
        const details = connectionDetails(this.#page.model, index);
        const selection = { kind: 'connection', index };
        const gap = isOnAxis ? gapAt(lane, atMs) : undefined;
        return { selection, details: gap === undefined ? details : { ...details, subtitle: gapText(lane, gap) } };
    }
}
function fillLaneCells(row, { connection }, model, index) {
    const [id, origin, count, reason] = row.children;
    const h2 = connection.protocol === 'h2' ? [element('em', { text: 'h2' })] : [];
    id?.replaceChildren(String(connection.id));
    origin?.replaceChildren(...h2, model.data.origins[connection.origin] ?? '');
    count?.replaceChildren(grouped(connection.carried));
    reason?.replaceChildren(connection.closedMs === undefined ? 'open' : (connection.reason ?? 'closed'));
    row.dataset['closed'] = String(connection.closedMs !== undefined);
    row.setAttribute('aria-label', spoken(connectionDetails(model, index)));
}
function gapText({ connection, endMs }, [from, to]) {
    return idleText(from, to, to === endMs && connection.closedMs !== undefined ? (connection.reason ?? 'for no known reason') : undefined);
}
function createLaneRow() {
    const cells = ['id', 'what', 'count', 'reason'].map((className) => element('span', { className }));
    return element('div', { className: 'row lane' }, ...cells, element('canvas', { attributes: { 'aria-hidden': 'true' } }));
}
function usedLanes({ lanes, facts }, { shownPlaces }) {
    const places = lanes.map((_, index) => index);
    if (shownPlaces.size === facts.length)
        return places;
    return places.filter((index) => lanes[index]?.uses.some(({ exchange }) => shownPlaces.has(exchange)));
}
function isInView(lane, { fromMs, toMs }) {
    if (lane === undefined)
        return false;
    return (lane.connection.dialMs ?? lane.connection.openedMs) <= toMs && lane.endMs >= fromMs;
}
function relatedLanes({ model }, selection) {
    if (selection.kind !== 'exchange')
        return new Set();
    const attempts = model.data.exchanges[selection.index]?.attempts ?? [];
    return new Set(attempts.flatMap(({ connection }) => (connection === undefined ? [] : (model.laneOf.get(connection) ?? []))));
}

// page/model/exchange-facts.js
function exchangeFacts(data) {
    return data.exchanges.map((exchange, index) => factsOf(exchange, index, data.endMs));
}
function factsOf(exchange, index, endMs) {
    const durationMs = (exchange.endMs ?? endMs) - exchange.startMs;
    const phaseMs = PHASES.map(() => 0);
    let insideMs = 0;
    for (const { segments } of exchange.attempts) {
        for (const [phase, from, to] of segments) {
            phaseMs[phase] = (phaseMs[phase] ?? 0) + to - from;
            insideMs += to - from;
        }
    }
    return {
        exchange,
        index,
        durationMs,
        outcome: outcomeOf(exchange),
        phaseMs,
        outsideMs: Math.max(0, durationMs - insideMs),
        opened: exchange.attempts.some(({ reused }) => reused === false),
        text: searchText(exchange),
    };
}
function outcomeOf({ error, endMs }) {
    if (error !== undefined)
        return 'failed';
    return endMs === undefined ? 'under-way' : 'answered';
}
function searchText({ id, method, url, status, proto, error, attempts }) {
    const connections = attempts.map(({ connection }) => \`conn:\${connection ?? 'none'}\`);
    return [\`#\${id}\`, method, url, status, proto, error, ...connections, ''].join(' ').toLowerCase();
}

// page/model/lanes.js
function lanesOf(data) {
    const uses = new Map(data.connections.map(({ id }) => [id, []]));
    const dials = new Map();
    for (const [index, { attempts, endMs = data.endMs }] of data.exchanges.entries()) {
        for (const attempt of attempts) {
            const { connection, gotMs, dialled } = attempt;
            if (dialled !== undefined)
                dials.set(dialled, attempt.dial ?? attempt.segments.filter(isDialStep));
            if (connection === undefined || gotMs === undefined)
                continue;
            uses.get(connection)?.push({ exchange: index, attempt, startMs: gotMs, endMs: endOfUse(attempt, endMs) });
        }
    }
    return data.connections.map((connection) => laneOf(connection, uses.get(connection.id) ?? [], dials.get(connection.id) ?? [], data.endMs));
}
function isDialStep([phase]) {
    return phase >= 1 && phase <= 4;
}
function endOfUse({ releasedMs, segments }, endMs) {
    return releasedMs ?? segments.at(-1)?.[2] ?? endMs;
}
function laneOf(connection, unordered, dial, logEndMs) {
    const endMs = Math.max(connection.closedMs ?? logEndMs, connection.openedMs);
    const freeFrom = [];
    const uses = unordered
        .toSorted((a, b) => a.startMs - b.startMs)
        .map((use) => {
        const free = freeFrom.findIndex((atMs) => atMs <= use.startMs);
        const level = free === -1 ? freeFrom.length : free;
        freeFrom[level] = use.endMs;
        return Object.assign(use, { level });
    });
    return { connection, uses, depth: Math.max(1, freeFrom.length), dial, idle: idleGaps(uses, connection.openedMs, endMs), endMs };
}
function idleGaps(uses, openedMs, endMs) {
    const gaps = [];
    let freeMs = openedMs;
    for (const use of uses) {
        if (use.startMs > freeMs)
            gaps.push([freeMs, use.startMs]);
        freeMs = Math.max(freeMs, use.endMs);
    }
    if (endMs > freeMs)
        gaps.push([freeMs, endMs]);
    return gaps;
}

// page/model/phase-shares.js
function comparedShares(shown) {
    const over = shown.filter(({ outcome }) => outcome !== 'under-way').toSorted((a, b) => a.durationMs - b.durationMs);
    const quarter = Math.floor(over.length / 4);
    return { typical: sharesOf(over.slice(quarter, over.length - quarter)), slowest: sharesOf(over.slice(-Math.ceil(over.length / 100))) };
}
function slowFromMs(facts) {
    const durations = facts
        .filter(({ outcome }) => outcome !== 'under-way')
        .map(({ durationMs }) => durationMs)
        .toSorted((a, b) => a - b);
    return durations.at(-Math.ceil(durations.length / 100)) ?? Infinity;
}
function sharesOf(group) {
    if (group.length === 0)
        return undefined;
    const mean = (value) => group.reduce((sum, facts) => sum + value(facts), 0) / group.length;
    return {
        requests: group.length,
        meanMs: mean(({ durationMs }) => durationMs),
        phaseMs: [...PHASES.map((_, phase) => mean(({ phaseMs }) => phaseMs[phase] ?? 0)), mean(({ outsideMs }) => outsideMs)],
    };
}

// page/model/model.js
function modelOf(data) {
    const facts = exchangeFacts(data);
    const lanes = lanesOf(data);
    return {
        data,
        facts,
        lanes,
        laneOf: new Map(lanes.map(({ connection }, index) => [connection.id, index])),
        because: openedBecause(lanes),
        slowFromMs: slowFromMs(facts),
        whole: wholeView(data.endMs),
        longest: wholeView(facts.reduce((longest, { durationMs }) => Math.max(longest, durationMs), 0)),
    };
}

// page/model/under-way.js
function underWay(facts, whole, bins) {
    const starts = facts.map(({ exchange }) => exchange.startMs).toSorted((a, b) => a - b);
    const ends = facts.map(({ exchange, durationMs }) => exchange.startMs + durationMs).toSorted((a, b) => a - b);
    const binOf = (atMs) => Math.min(bins - 1, Math.max(0, Math.floor(((atMs - whole.fromMs) / (whole.toMs - whole.fromMs)) * bins)));
    const failures = Array.from({ length: bins }, () => 0);
    for (const { exchange, durationMs, outcome } of facts) {
        const bin = binOf(exchange.startMs + durationMs);
        if (outcome === 'failed')
            failures[bin] = (failures[bin] ?? 0) + 1;
    }
    return { most: mostAtOnce(starts, ends, bins, binOf), failures };
}
function mostAtOnce(starts, ends, bins, binOf) {
    const most = Array.from({ length: bins }, () => 0);
    let now = 0;
    let bin = 0;
    let ended = 0;
    const goTo = (next) => {
        for (; bin < next; bin++)
            most[bin + 1] = now;
    };
    const endUntil = (atMs) => {
        for (let end = ends[ended]; end !== undefined && end <= atMs; end = ends[ended]) {
            goTo(binOf(end));
            now -= 1;
            ended += 1;
        }
    };
    for (const start of starts) {
        endUntil(start);
        goTo(binOf(start));
        now += 1;
        most[bin] = Math.max(most[bin] ?? 0, now);
    }
    endUntil(Infinity);
    return most;
}

// page/overview.js
const HEIGHT = 44;
const BIN_PIXELS = 2;
class Overview {
    root = element('div', { className: 'overview' });
    #page;
    #caption = element('div', { className: 'caption' });
    #axis = element('div', { className: 'axis', attributes: { 'aria-hidden': 'true' } });
    #canvas = element('canvas');
    #window = element('div', { className: 'window' });
    #mark = element('div', { className: 'range-mark' });
    #drawn;
    constructor(page) {
        this.#page = page;
        this.#mark.hidden = true;
        this.#axis.append(this.#canvas, this.#window, this.#mark);
        this.root.append(this.#caption, this.#axis);
        this.#listen();
        page.add((state) => this.#draw(state));
    }
    forgetColours() {
        this.#drawn = undefined;
        this.#page.redraw();
    }
    #listen() {
        const gestures = { scale: () => this.#scale(), onView: (clock) => this.#page.setClock(clock) };
        zoomByWheel(this.#axis, { ...gestures, scale: () => ({ ...this.#scale(), view: this.#page.state.clock }) });
        chooseByDrag(this.#axis, { ...gestures, onMark: (range) => this.#markRange(range) });
        this.#axis.addEventListener('dblclick', () => this.#page.setClock(this.#page.model.whole));
        new ResizeObserver(() => this.#page.redraw()).observe(this.#axis);
    }
    #scale() {
        const { left, width } = this.#axis.getBoundingClientRect();
        return { left, width, view: this.#page.model.whole, whole: this.#page.model.whole };
    }
    #markRange(range) {
        this.#mark.hidden = range === undefined;
        if (range === undefined)
            return;
        this.#mark.style.left = \`\${range.left}px\`;
        this.#mark.style.width = \`\${range.width}px\`;
    }
    #draw(state) {
        const width = this.#axis.clientWidth;
        if (this.#drawn?.shown !== state.shown || this.#drawn.width !== width)
            this.#drawPicture(state, width);
        this.#drawn = { shown: state.shown, width };
        const { whole } = this.#page.model;
        const left = ((state.clock.fromMs - whole.fromMs) / spanOf(whole)) * width;
        this.#window.style.left = \`\${left}px\`;
        this.#window.style.width = \`\${Math.max(3, (spanOf(state.clock) / spanOf(whole)) * width)}px\`;
        this.#window.hidden = spanOf(state.clock) >= spanOf(whole) * 0.9999;
    }
    #drawPicture({ shown }, width) {
        const context = sizedContext(this.#canvas, width, HEIGHT);
        const bins = Math.max(1, Math.floor(width / BIN_PIXELS));
        const { most, failures } = underWay(shown, this.#page.model.whole, bins);
        const peak = Math.max(1, ...most);
        this.#caption.replaceChildren(element('b', { text: \`At most \${grouped(peak)} at once\` }), element('span', { text: \`in \${formatMs(this.#page.model.data.endMs)}\` }));
        if (context === undefined)
            return;
        const palette = readPalette();
        context.fillStyle = palette.phases[6] ?? palette.accent;
        for (const [bin, count] of most.entries()) {
            const height = count === 0 ? 0 : Math.max(1.5, (count / peak) * (HEIGHT - 10));
            context.fillRect(bin * BIN_PIXELS, HEIGHT - height, BIN_PIXELS, height);
        }
        context.fillStyle = palette.bad;
        for (const [bin, count] of failures.entries())
            if (count > 0)
                context.fillRect(bin * BIN_PIXELS - 0.5, 0, 3, 7);
    }
}

// page/model/percentile.js
function percentile(ascending, share) {
    return ascending[Math.max(0, Math.ceil(share * ascending.length) - 1)];
}

// page/model/summary.js
function summaryOf(shown) {
    const durations = shown
        .filter(({ outcome }) => outcome !== 'under-way')
        .map(({ durationMs }) => durationMs)
        .toSorted((a, b) => a - b);
    const grants = shown.flatMap(({ exchange }) => exchange.attempts.filter(({ reused }) => reused !== undefined));
    return {
        requests: shown.length,
        failed: count(shown, ({ outcome }) => outcome === 'failed'),
        underWay: count(shown, ({ outcome }) => outcome === 'under-way'),
        clientErrors: count(shown, ({ exchange }) => hundreds(exchange.status) === 4),
        serverErrors: count(shown, ({ exchange }) => hundreds(exchange.status) === 5),
        p50Ms: percentile(durations, 0.5),
        p95Ms: percentile(durations, 0.95),
        p99Ms: percentile(durations, 0.99),
        slowestMs: durations.at(-1),
        granted: grants.length,
        reused: count(grants, ({ reused }) => reused === true),
    };
}
function hundreds(status) {
    return status === undefined ? undefined : Math.floor(status / 100);
}
function count(list, matches) {
    let found = 0;
    for (const value of list)
        if (matches(value))
            found += 1;
    return found;
}

// page/model/filter.js
const FILTER_KINDS = {
    'all': 'All requests',
    '2xx': '2xx',
    '3xx': '3xx',
    '4xx': '4xx',
    '5xx': '5xx',
    'failed': 'Failed',
    'slowest': 'Slowest 1 %',
    'new-connection': 'New connection',
    'sent-again': 'Several attempts',
};
const NO_FILTER = { text: '', origin: undefined, kind: 'all' };
function filtered(facts, filter, slowFromMs) {
    const words = filter.text.toLowerCase().split(/\\s+/).filter(Boolean).map(wholeNumbers);
    return facts.filter((each) => (filter.origin === undefined || each.exchange.origin === filter.origin) &&
        isOfKind(each, filter.kind, slowFromMs) &&
        words.every((word) => each.text.includes(word)));
}
function wholeNumbers(word) {
    return /^(?:#|conn:)\\w+$/.test(word) ? \`\${word} \` : word;
}
function isOfKind({ exchange, outcome, opened, durationMs }, kind, slowFromMs) {
    switch (kind) {
        case 'all':
            return true;
        case '2xx':
        case '3xx':
        case '4xx':
        case '5xx':
            return hundreds(exchange.status) === Number(kind[0]);
        case 'failed':
            return outcome === 'failed';
        case 'slowest':
            return outcome !== 'under-way' && durationMs >= slowFromMs;
        case 'new-connection':
            return opened;
        case 'sent-again':
            return exchange.attempts.length > 1;
    }
}

// page/page.js
const MANY = 100;
class Page {
    model;
    #state;
    #parts = [];
    #isDue = false;
    constructor(model) {
        this.model = model;
        const choices = {
            filter: NO_FILTER,
            order: 'time',
            clock: model.whole,
            durations: model.longest,
            isFollowing: model.facts.length > MANY,
            selection: { kind: 'none' },
        };
        this.#state = { ...choices, ...shownBy(model, choices) };
    }
    get state() {
        return this.#state;
    }
    add(draw) {
        this.#parts.push(draw);
        this.redraw();
    }
    change(choices) {
        const isReordered = choices.order !== undefined && choices.order !== this.#state.order;
        const clock = isReordered && this.#state.isFollowing ? { clock: this.model.whole } : {};
        const next = { ...this.#state, ...clock, ...choices };
        const isOther = choices.filter !== undefined || choices.order !== undefined;
        this.#state = isOther ? { ...next, ...shownBy(this.model, next) } : next;
        this.redraw();
    }
    redraw() {
        if (this.#isDue)
            return;
        this.#isDue = true;
        requestAnimationFrame(() => {
            this.#isDue = false;
            for (const draw of this.#parts)
                draw(this.#state);
        });
    }
    rowView() {
        return this.#state.order === 'time' ? this.#state.clock : this.#state.durations;
    }
    wholeOfRows() {
        return this.#state.order === 'time' ? this.model.whole : this.model.longest;
    }
    setRowView(view) {
        this.change(this.#state.order === 'time' ? { clock: view, isFollowing: false } : { durations: view, isFollowing: false });
    }
    setClock(clock) {
        this.change({ clock, isFollowing: false });
    }
    follow(view) {
        if (!this.#state.isFollowing)
            return;
        this.#state = { ...this.#state, ...(this.#state.order === 'time' ? { clock: view } : { durations: view }) };
    }
}
function shownBy({ facts, slowFromMs }, { filter, order }) {
    const passing = filtered(facts, filter, slowFromMs);
    const shown = order === 'time' ? passing : passing.toSorted((a, b) => b.durationMs - a.durationMs);
    return { shown, shownPlaces: new Set(passing.map(({ index }) => index)) };
}

// page/model/phase-labels.js
const PHASE_LABELS = {
    queued: { label: 'Queued', meaning: 'no connection was at hand: waited for one, or for the steps of its dial' },
    dns: { label: 'DNS', meaning: 'the name was looked up' },
    connect: { label: 'Connect', meaning: 'TCP, from the first address tried to the one that answered' },
    proxy: { label: 'Proxy', meaning: 'a proxy was asked for the way to the origin' },
    tls: { label: 'TLS', meaning: 'the TLS handshake with the origin' },
    send: { label: 'Request sent', meaning: 'head and body were given to the socket' },
    wait: { label: 'Waiting', meaning: 'from the request’s last byte to the first of the answer' },
    download: { label: 'Download', meaning: 'from the answer’s first byte to the last that was read' },
};

// page/details-view.js
function swatch(kind) {
    return element('i', { className: \`swatch \${kind}\`, attributes: { 'aria-hidden': 'true' } });
}
function detailsView({ title, subtitle, problem, phases, rows }) {
    const longest = Math.max(...phases.map(([, ms]) => ms));
    const parts = [
        element('p', { className: 'details-title', text: title }),
        element('p', { className: 'details-subtitle', text: subtitle }),
    ];
    if (problem !== undefined)
        parts.push(element('p', { className: 'details-problem', text: problem }));
    const meters = phases.flatMap(([phase, ms]) => phaseRow(phase, ms, longest));
    if (phases.length > 0)
        parts.push(element('div', { className: 'details-phases' }, ...meters));
    const cells = rows.flatMap(([label, value]) => [element('dt', { text: label }), element('dd', { text: value })]);
    return [...parts, element('dl', {}, ...cells)];
}
function phaseRow(phase, ms, longest) {
    const bar = element('i', { className: \`bar \${phase}\` });
    bar.style.width = \`\${Math.max(1, (ms / longest) * 100)}%\`;
    const label = element('span', {}, swatch(phase), document.createTextNode(PHASE_LABELS[phase].label));
    return [label, element('span', { className: 'meter' }, bar), element('span', { className: 'number', text: formatMs(ms) })];
}

// page/panel.js
const MOST_LISTED = 200;
class Panel {
    root = element('aside', { className: 'panel', attributes: { 'aria-label': 'Details' } });
    #page;
    #selection = { kind: 'none' };
    constructor(page) {
        this.#page = page;
        this.root.hidden = true;
        page.add(({ selection }) => {
            if (selection !== this.#selection)
                this.#show(selection);
            this.#selection = selection;
        });
    }
    #show(selection) {
        this.root.hidden = selection.kind === 'none';
        const close = button('×', () => this.#page.change({ selection: { kind: 'none' } }), {
            className: 'close',
            title: 'Close (Esc)',
            attributes: { 'aria-label': 'Close the details' },
        });
        this.root.replaceChildren(close, ...this.#contents(selection));
        this.root.scrollTop = 0;
    }
    #contents(selection) {
        switch (selection.kind) {
            case 'none':
                return [];
            case 'exchange':
                return this.#exchange(selection.index);
            case 'connection':
                return this.#connection(selection.index);
        }
    }
    #exchange(index) {
        const facts = this.#page.model.facts[index];
        if (facts === undefined)
            return [];
        const ids = new Set(facts.exchange.attempts.flatMap(({ connection }) => connection ?? []));
        const links = [...ids].flatMap((id) => {
            const lane = this.#page.model.laneOf.get(id);
            return lane === undefined
                ? []
                : [button(\`Connection \${id}\`, () => this.#page.change({ selection: { kind: 'connection', index: lane } }))];
        });
        return [...detailsView(exchangeDetails(facts)), element('div', { className: 'actions' }, ...links)];
    }
    #connection(index) {
        const lane = this.#page.model.lanes[index];
        if (lane === undefined)
            return [];
        const { id } = lane.connection;
        const only = button('Show only its requests', () => this.#page.change({ filter: { ...NO_FILTER, text: \`conn:\${id}\` } }));
        return [
            ...detailsView(connectionDetails(this.#page.model, index)),
            element('div', { className: 'actions' }, only),
            ...this.#carried(lane),
        ];
    }
    #carried({ uses }) {
        if (uses.length === 0)
            return [];
        const items = uses.slice(0, MOST_LISTED).map(({ exchange: place, endMs, startMs }) => {
            const exchange = this.#page.model.data.exchanges[place];
            const link = button('', () => this.#page.change({ selection: { kind: 'exchange', index: place } }));
            const url = (exchange?.url ?? '').replace(/^https?:\\/\\/[^/]*/, '');
            link.append(element('span', { className: 'number', text: String(exchange?.id ?? '') }), element('span', { text: \`\${exchange?.method ?? ''} \${url}\` }));
            link.append(element('span', { className: 'number', text: \`\${columnMs(endMs - startMs)} ms\` }));
            return element('li', {}, link);
        });
        const more = uses.length - items.length;
        if (more > 0)
            items.push(element('li', { className: 'more', text: \`and \${plural(more, 'more', 'more')}\` }));
        return [element('h2', { text: 'Requests it carried' }), element('ol', { className: 'carried' }, ...items)];
    }
}

// page/model/view-of-rows.js
const SHARE_TO_THE_END = 0.9;
const ROOM = 0.03;
function viewOfRows(rows, whole, isAligned) {
    if (rows.length === 0)
        return whole;
    const starts = rows.map(({ exchange }) => (isAligned ? 0 : exchange.startMs));
    const ends = rows.map(({ exchange, durationMs }) => (isAligned ? 0 : exchange.startMs) + durationMs).toSorted((a, b) => a - b);
    const fromMs = Math.min(...starts);
    const toMs = Math.max(...starts, (isAligned ? ends.at(-1) : percentile(ends, SHARE_TO_THE_END)) ?? fromMs);
    const roomMs = (toMs - fromMs) * ROOM;
    return viewBetween(isAligned ? 0 : fromMs - roomMs, toMs + roomMs, whole);
}

// page/model/bars.js
const SMALLEST_PIXELS = 3;
function barsOf(facts, view, width, originMs) {
    const left = (atMs) => ((atMs - originMs - view.fromMs) / spanOf(view)) * width;
    const { exchange, durationMs, outcome } = facts;
    const from = left(exchange.startMs);
    const to = left(exchange.startMs + durationMs);
    const marks = endMarks(outcome, Math.max(to, from + SMALLEST_PIXELS));
    const isInView = ({ left: barLeft, width: barWidth }) => barLeft <= width && barLeft + barWidth >= 0;
    if (to - from < SMALLEST_PIXELS)
        return [{ kind: longestPhase(facts), left: from, width: SMALLEST_PIXELS }, ...marks].filter(isInView);
    const bar = (kind, [, start, end]) => clipped({ kind, left: left(start), width: left(end) - left(start) }, width);
    const attempts = exchange.attempts.flatMap(({ segments, dial = [] }, at) => {
        const phases = segments.map((segment) => bar(PHASES[segment[0]] ?? 'queued', segment));
        const dialled = dial.map((segment) => bar('dial', segment));
        return phases.concat(dialled, at === 0 ? [] : againMark(segments, left));
    });
    const whole = clipped({ kind: 'outside', left: from, width: to - from }, width);
    return [whole, ...attempts, ...marks].filter(isInView);
}
function longestPhase({ phaseMs }) {
    const longest = phaseMs.reduce((best, ms, phase) => (ms > (phaseMs[best] ?? 0) ? phase : best), 0);
    return PHASES[longest] ?? 'queued';
}
function againMark(segments, left) {
    const [first] = segments;
    return first === undefined ? [] : [{ kind: 'again', left: left(first[1]), width: 0 }];
}
function endMarks(outcome, at) {
    return outcome === 'answered' ? [] : [{ kind: outcome, left: at, width: 0 }];
}
function clipped({ kind, left, width }, axis) {
    const from = Math.max(left, -10);
    const to = Math.min(left + width, axis + 10);
    return to < from ? { kind, left, width: 0 } : { kind, left: from, width: to - from };
}

// page/request-row.js
function createRequestRow() {
    const cells = ['id', 'what', 'status', 'conn', 'ms'].map((className) => element('span', { className }));
    return element('div', { className: 'row request' }, ...cells, element('div', { className: 'track' }));
}
function fillRequestRow(row, facts, origins, axis) {
    if (filledWith.get(row) !== facts)
        fillCells(row, facts, origins);
    filledWith.set(row, facts);
    const bars = barsOf(facts, axis.view, axis.width, axis.isAligned ? facts.exchange.startMs : 0);
    const track = row.lastElementChild;
    if (track instanceof HTMLElement)
        fillTrack(track, bars);
}
function fillTrack(track, bars) {
    for (let at = track.childElementCount; at < bars.length; at++)
        track.append(element('i'));
    for (const [at, made] of [...track.children].entries()) {
        const bar = bars[at];
        if (!(made instanceof HTMLElement))
            continue;
        made.className = bar === undefined ? 'no-bar' : \`bar \${bar.kind}\`;
        if (bar === undefined)
            continue;
        made.style.left = \`\${bar.left.toFixed(1)}px\`;
        made.style.width = bar.width > 0 ? \`\${bar.width.toFixed(1)}px\` : '';
    }
}
const filledWith = new WeakMap();
function fillCells(row, facts, origins) {
    const { exchange, outcome, durationMs } = facts;
    const [id, what, status, conn, ms] = row.children;
    id?.replaceChildren(String(exchange.id));
    what?.replaceChildren(element('b', { text: exchange.method }), ...urlParts(exchange, origins));
    status?.replaceChildren(statusCell(exchange.status, outcome));
    conn?.replaceChildren(connectionCell(exchange));
    ms?.replaceChildren(columnMs(durationMs));
    row.dataset['outcome'] = outcome;
    row.dataset['hundreds'] = String(hundreds(exchange.status) ?? '');
    row.setAttribute('aria-label', spoken(exchangeDetails(facts)));
}
function urlParts({ url, origin }, origins) {
    const prefix = origins[origin] ?? '';
    if (!url.startsWith(prefix))
        return [\` \${url}\`];
    const path = \` \${url.slice(prefix.length)} \`;
    return origins.length === 1 ? [path] : [path, element('small', { text: prefix.replace(/^https?:\\/\\//, '') })];
}
function statusCell(status, outcome) {
    return outcome === 'failed' && status !== undefined ? \`\${status} ✕\` : statusText(status, outcome);
}
function connectionCell({ attempts }) {
    const last = attempts.findLast(({ connection }) => connection !== undefined);
    if (last === undefined)
        return document.createTextNode('–');
    return element('span', { className: last.reused === true ? 'reused' : 'new', text: String(last.connection) });
}

// page/request-pane.js
const ROW_HEIGHT = 24;
class RequestPane {
    pane;
    #page;
    #tooltip;
    #related = new Set();
    #selection = { kind: 'none' };
    #shown;
    constructor(page, tooltip) {
        this.#page = page;
        this.#tooltip = tooltip;
        this.pane = new Pane({
            label: 'Requests',
            className: 'requests',
            headings: ['#', 'Request', 'Status', 'Conn', 'ms'],
            view: () => page.rowView(),
            whole: () => page.wholeOfRows(),
            onView: (view) => page.setRowView(view),
            onResize: () => page.redraw(),
            onScroll: () => page.state.isFollowing && page.redraw(),
            create: createRequestRow,
            fill: (row, line) => this.#fill(row, line),
            onChoose: (line) => this.#choose(line),
            onVisit: (line, row) => this.#visit(line, row),
        });
        this.#listen();
        page.add((state) => this.#draw(state));
    }
    #draw(state) {
        const { selection, shown } = state;
        const isNew = selection !== this.#selection;
        this.#selection = selection;
        if (isNew)
            this.#related = relatedTo(this.#page, selection);
        if (shown !== this.#shown)
            this.pane.list.resize(shown.map(() => ROW_HEIGHT));
        this.#shown = shown;
        if (isNew && selection.kind === 'exchange')
            this.pane.list.reveal(shown.findIndex(({ index }) => index === selection.index));
        if (state.isFollowing)
            this.#follow(state);
        this.pane.draw();
    }
    #follow({ shown, order }) {
        const { from, to } = this.pane.list.inView();
        this.#page.follow(viewOfRows(shown.slice(from, to), this.#page.wholeOfRows(), order === 'slowest'));
    }
    #fill(row, line) {
        const { shown, selection, order } = this.#page.state;
        const facts = shown[line];
        if (facts === undefined)
            return;
        const axis = { view: this.#page.rowView(), width: this.pane.axisWidth, isAligned: order === 'slowest' };
        fillRequestRow(row, facts, this.#page.model.data.origins, axis);
        const isSelected = selection.kind === 'exchange' && selection.index === facts.index;
        row.setAttribute('aria-selected', String(isSelected));
        row.classList.toggle('related', this.#related.has(facts.index));
    }
    #choose(line) {
        const facts = this.#page.state.shown[line];
        if (facts === undefined)
            return;
        this.#tooltip.hide();
        const isAligned = this.#page.state.order === 'slowest';
        const clock = isAligned ? { clock: this.#around(facts, facts.exchange.startMs) } : {};
        this.#page.change({ selection: { kind: 'exchange', index: facts.index }, ...clock });
    }
    #visit(line, row) {
        const facts = this.#page.state.shown[line];
        const { left } = this.pane.scale();
        const { bottom } = row.getBoundingClientRect();
        if (facts !== undefined)
            this.#tooltip.show(exchangeDetails(facts), left, bottom);
    }
    #listen() {
        const { scroller } = this.pane.list;
        const lineOf = (event) => Number(closestOf(event, '.row')?.dataset['line'] ?? -1);
        scroller.addEventListener('click', (event) => this.#choose(lineOf(event)));
        scroller.addEventListener('dblclick', (event) => this.#zoomTo(lineOf(event)));
        scroller.addEventListener('pointermove', (event) => {
            const facts = event.buttons === 0 ? this.#page.state.shown[lineOf(event)] : undefined;
            if (facts === undefined)
                this.#tooltip.hide();
            else
                this.#tooltip.show(exchangeDetails(facts), event.clientX, event.clientY);
        });
        scroller.addEventListener('pointerleave', () => this.#tooltip.hide());
        scroller.addEventListener('blur', () => this.#tooltip.hide());
    }
    #zoomTo(line) {
        const { shown, order } = this.#page.state;
        const facts = shown[line];
        if (facts !== undefined)
            this.#page.setRowView(this.#around(facts, order === 'time' ? facts.exchange.startMs : 0));
    }
    #around({ durationMs }, fromMs) {
        const room = durationMs / 5;
        return viewBetween(fromMs - room, fromMs + durationMs + room, this.#page.model.whole);
    }
}
function relatedTo({ model }, selection) {
    if (selection.kind !== 'connection')
        return new Set();
    return new Set(model.lanes[selection.index]?.uses.map(({ exchange }) => exchange));
}

// page/splitter.js
const LEAST_PERCENT = 12;
const PERCENT_STEP = 4;
function splitter(container, onMove) {
    const attributes = {
        'tabindex': '0',
        'aria-orientation': 'horizontal',
        'aria-label': 'Room for requests and for connections',
        'aria-valuemin': String(LEAST_PERCENT),
        'aria-valuemax': String(100 - LEAST_PERCENT),
    };
    const made = element('div', { className: 'splitter', role: 'separator', attributes });
    let share = 60;
    const set = (percent) => {
        share = Math.min(100 - LEAST_PERCENT, Math.max(LEAST_PERCENT, percent));
        container.style.setProperty('--upper', String(share));
        made.setAttribute('aria-valuenow', String(Math.round(share)));
        onMove();
    };
    set(share);
    made.addEventListener('pointerdown', (event) => made.setPointerCapture(event.pointerId));
    made.addEventListener('pointermove', (event) => {
        if (!made.hasPointerCapture(event.pointerId))
            return;
        const { top, height } = container.getBoundingClientRect();
        set(((event.clientY - top) / height) * 100);
    });
    made.addEventListener('keydown', (event) => {
        if (event.key !== 'ArrowUp' && event.key !== 'ArrowDown')
            return;
        event.preventDefault();
        set(share + (event.key === 'ArrowUp' ? -PERCENT_STEP : PERCENT_STEP));
    });
    return made;
}

// page/summary-view.js
const MOST_LINES = 4;
class SummaryView {
    root = element('section', { className: 'summary', attributes: { 'aria-label': 'Summary' } });
    #page;
    #shown;
    constructor(page) {
        this.#page = page;
        page.add(({ shown }) => {
            if (this.#shown !== shown)
                this.#draw(shown);
            this.#shown = shown;
        });
    }
    #draw(shown) {
        const { data, lanes, because } = this.#page.model;
        const isAll = shown.length === data.exchanges.length;
        const used = new Set(shown.flatMap(({ exchange }) => exchange.attempts.map(({ connection }) => connection)));
        const places = lanes.flatMap(({ connection }, index) => (isAll || used.has(connection.id) ? [index] : []));
        const connections = places.flatMap((index) => lanes[index]?.connection ?? []);
        const causes = countCauses(places.flatMap((index) => because[index] ?? []));
        this.root.replaceChildren(this.#figures(summaryOf(shown)), timeCard(comparedShares(shown), marksIn(shown)), card('Connections opened', connections.length, linesOf(causes.map(({ because: each, count }) => ({ count, text: causeText(each) })))), closedCard(connections));
    }
    #figures(summary) {
        const { requests, failed, reused, granted, underWay } = summary;
        const { p50Ms, p95Ms, p99Ms, slowestMs } = summary;
        const only = (kind) => () => this.#page.change({ filter: { ...NO_FILTER, kind } });
        const slow = () => this.#page.change({ filter: { ...NO_FILTER, kind: 'slowest' }, order: 'slowest' });
        const errors = summary.clientErrors + summary.serverErrors;
        const answers = \`\${grouped(summary.clientErrors)} answered 4xx, \${grouped(summary.serverErrors)} answered 5xx\`;
        return element('div', { className: 'figures' }, figure('Requests', grouped(requests), { note: underWay === 0 ? '' : \`\${grouped(underWay)} under way\` }), figure('Failed', grouped(failed), {
            note: errors === 0 ? '' : \`+ \${grouped(errors)} 4xx/5xx\`,
            title: answers,
            isBad: failed > 0,
            onClick: only('failed'),
        }), figure('Reused', formatShare(reused, granted), {
            title: \`\${grouped(reused)} of \${plural(granted, 'attempt')} had a connection that was there\`,
            onClick: only('new-connection'),
            hint: 'show those that had a new one',
        }), figure('p50', ms(p50Ms)), figure('p95', ms(p95Ms)), figure('p99', ms(p99Ms), {
            note: slowestMs === undefined ? '' : \`max \${formatMs(slowestMs)}\`,
            onClick: slow,
            hint: 'show the slowest 1 %',
        }));
    }
}
function ms(value) {
    return value === undefined ? '–' : formatMs(value);
}
function figure(label, value, { note = '', title = '', isBad = false, onClick, hint = '' } = {}) {
    const parts = { className: isBad ? 'figure bad' : 'figure', title: [title, hint].filter(Boolean).join('; ') };
    const made = onClick === undefined ? element('div', parts) : button('', onClick, parts);
    made.append(element('span', { className: 'label', text: label }), element('strong', { text: value }), element('small', { text: note }));
    return made;
}
function timeCard({ typical, slowest }, marks) {
    const bars = [shareBar('Middle half', typical), shareBar('Slowest\\u00a01\\u00a0%', slowest)];
    const phases = [...PHASES, 'outside'];
    const legend = phases.flatMap((phase, at) => {
        const most = Math.max(typical?.phaseMs[at] ?? 0, slowest?.phaseMs[at] ?? 0);
        const outside = 'in no phase: a cache, a delay before a retry, middleware';
        if (phase === 'outside')
            return most < 0.0005 ? [] : [legendItem(phase, 'Outside', outside)];
        return [legendItem(phase, PHASE_LABELS[phase].label, PHASE_LABELS[phase].meaning)];
    });
    return element('div', { className: 'card time' }, element('h2', { text: 'Where the time goes' }), ...bars, element('div', { className: 'legend' }, ...legend, ...marks));
}
function marksIn(shown) {
    const dial = 'the request began to dial, was served by another connection meanwhile, and what it had dialled went to another';
    const hasDial = shown.some(({ exchange }) => exchange.attempts.some((attempt) => attempt.dial !== undefined));
    const isSentAgain = shown.some(({ exchange }) => exchange.attempts.length > 1);
    return [
        ...(hasDial ? [legendItem('dial', 'Dial not waited for', dial)] : []),
        ...(isSentAgain ? [legendItem('again', 'Sent again', 'where another attempt began')] : []),
    ];
}
function legendItem(phase, label, meaning) {
    return element('span', { title: meaning }, swatch(phase), document.createTextNode(label));
}
function shareBar(label, shares) {
    const bar = element('span', { className: 'shares' });
    const phases = [...PHASES, 'outside'];
    const said = [];
    for (const [at, part] of (shares?.phaseMs ?? []).entries()) {
        const phase = phases[at] ?? 'outside';
        const share = shares === undefined || shares.meanMs === 0 ? 0 : part / shares.meanMs;
        if (share < 0.001)
            continue;
        const text = \`\${phase === 'outside' ? 'Outside' : PHASE_LABELS[phase].label}: \${formatMs(part)} on average, \${formatShare(share, 1)}\`;
        const piece = element('i', { className: \`bar \${phase}\`, title: text });
        piece.style.flexGrow = String(share);
        if (share > 0.13)
            piece.append(element('b', { text: \`\${Math.round(share * 100)} %\` }));
        bar.append(piece);
        said.push(text);
    }
    const mean = shares === undefined ? '–' : formatMs(shares.meanMs);
    const title = shares === undefined ? '' : \`\${plural(shares.requests, 'request')}: \${said.join('; ')}\`;
    return element('div', { className: 'share-row', title }, element('span', { text: label }), bar, element('span', { className: 'number', text: mean }));
}
function closedCard(connections) {
    const closed = connections.filter(({ closedMs }) => closedMs !== undefined);
    const counts = new Map();
    for (const { reason = 'unknown', meaning = '' } of closed) {
        const known = counts.get(reason);
        if (known === undefined)
            counts.set(reason, { count: 1, title: meaning });
        else
            known.count += 1;
    }
    const lines = [...counts].map(([text, { count, title }]) => ({ text, count, title })).toSorted((a, b) => b.count - a.count);
    const open = connections.length - closed.length;
    return card('Connections closed', closed.length, [
        ...linesOf(lines),
        ...(open === 0 ? [] : [element('p', { className: 'muted', text: \`\${plural(open, 'is', 'are')} open still\` })]),
    ]);
}
function card(title, count, lines) {
    const heading = element('h2', {}, document.createTextNode(title), element('strong', { text: grouped(count) }));
    return element('div', { className: 'card' }, heading, ...lines);
}
function linesOf(lines) {
    const most = lines[0]?.count ?? 1;
    const few = lines.slice(0, lines.length > MOST_LINES ? MOST_LINES - 1 : MOST_LINES);
    const rest = lines.slice(few.length);
    const made = few.map(({ count, text, title }) => countLine(count, text, { share: count / most, title: title === undefined ? text : \`\${text}: \${title}\` }));
    if (rest.length === 0)
        return made;
    const others = rest.map(({ count, text }) => \`\${grouped(count)} \${text}\`).join('\\n');
    const sum = rest.reduce((total, { count }) => total + count, 0);
    return [...made, countLine(sum, \`for \${plural(rest.length, 'other reason')}\`, { share: sum / most, title: others })];
}
function countLine(count, text, { share, title }) {
    const bar = element('i');
    bar.style.width = \`\${Math.min(1, share) * 100}%\`;
    return element('p', { className: 'count-line', title }, element('span', { className: 'number', text: grouped(count) }), element('span', { text }), bar);
}

// page/theme.js
const THEMES = ['auto', 'light', 'dark'];
const ICONS = { auto: '◐', light: '☀', dark: '☾' };
function themeButton(onChange) {
    let at = 0;
    const made = button('', () => apply(at + 1), { className: 'theme' });
    const apply = (next) => {
        at = next % THEMES.length;
        const theme = THEMES[at] ?? 'auto';
        document.documentElement.dataset['theme'] = theme;
        made.textContent = \`\${ICONS[theme]} \${theme}\`;
        made.title = \`Colours: \${theme === 'auto' ? 'as the system wants' : theme} (t)\`;
        onChange();
    };
    apply(0);
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', onChange);
    return made;
}

// page/toolbar.js
const ZOOM_STEP = 0.6;
class Toolbar {
    root;
    search = element('input', {
        attributes: {
            'type': 'search',
            'placeholder': 'Filter: path, method, error, #id, conn:id',
            'aria-label': 'Filter by text',
            'spellcheck': 'false',
        },
    });
    #page;
    #origin = element('select', { attributes: { 'aria-label': 'Filter by origin' } });
    #kind = element('select', { attributes: { 'aria-label': 'Filter by outcome' } });
    #orders;
    #following = button('Follow', () => this.toggleFollowing(), {
        title: 'Show the time of the rows in view, and go along with them (f)',
    });
    #count = element('output', { className: 'muted' });
    #span = element('span', { className: 'muted number' });
    constructor(page) {
        this.#page = page;
        const order = (to, label, title) => button(label, () => page.change({ order: to }), { title });
        this.#orders = new Map([
            ['time', order('time', 'By time', 'As they began, on one clock')],
            ['slowest', order('slowest', 'Slowest first', 'The longest first, each from its own start')],
        ]);
        const orders = element('div', { className: 'segmented', role: 'group', attributes: { 'aria-label': 'Order' } }, ...this.#orders.values());
        this.root = element('div', { className: 'toolbar', role: 'search' });
        this.root.append(this.search, this.#origin, this.#kind, orders, this.#count, element('span', { className: 'gap' }), this.#span, this.#zoomButtons());
        this.#fillSelects();
        this.#listen();
        page.add((state) => this.#draw(state));
    }
    #fillSelects() {
        const { origins } = this.#page.model.data;
        this.#origin.append(option('', \`All origins (\${origins.length})\`), ...origins.map((origin, at) => option(String(at), origin)));
        this.#origin.hidden = origins.length < 2;
        for (const [kind, label] of Object.entries(FILTER_KINDS))
            this.#kind.append(option(kind, label));
    }
    #zoomButtons() {
        const zoom = (factor) => () => this.zoom(factor);
        return element('div', { className: 'segmented', role: 'group', attributes: { 'aria-label': 'Zoom' } }, button('−', zoom(1 / ZOOM_STEP), { title: 'Zoom out (−)', attributes: { 'aria-label': 'Zoom out' } }), button('+', zoom(ZOOM_STEP), { title: 'Zoom in (+)', attributes: { 'aria-label': 'Zoom in' } }), button('All', () => this.zoomOut(), { title: 'Show all of the time (0)' }), this.#following);
    }
    zoom(factor) {
        const view = this.#page.rowView();
        this.#page.setRowView(zoomed(view, this.#page.wholeOfRows(), factor, (view.fromMs + view.toMs) / 2));
    }
    zoomOut() {
        this.#page.setRowView(this.#page.wholeOfRows());
    }
    toggleFollowing() {
        this.#page.change({ isFollowing: !this.#page.state.isFollowing });
    }
    #listen() {
        const change = (part) => this.#page.change({ filter: { ...this.#page.state.filter, ...part } });
        this.search.addEventListener('input', () => change({ text: this.search.value }));
        this.#origin.addEventListener('change', () => change({ origin: this.#origin.value === '' ? undefined : Number(this.#origin.value) }));
        this.#kind.addEventListener('change', () => change({ kind: kindOf(this.#kind.value) }));
    }
    #draw({ filter, order, shown, isFollowing }) {
        if (this.search.value !== filter.text)
            this.search.value = filter.text;
        this.#origin.value = filter.origin === undefined ? '' : String(filter.origin);
        this.#kind.value = filter.kind;
        for (const [each, choice] of this.#orders)
            choice.setAttribute('aria-pressed', String(each === order));
        this.#following.setAttribute('aria-pressed', String(isFollowing));
        const all = this.#page.model.facts.length;
        this.#count.textContent = shown.length === all ? plural(all, 'request') : \`\${grouped(shown.length)} of \${plural(all, 'request')}\`;
        this.#span.textContent = formatMs(spanOf(this.#page.rowView()));
        this.root.classList.toggle('is-filtered', filter.text !== '' || filter.origin !== undefined || filter.kind !== NO_FILTER.kind);
    }
}
function option(value, text) {
    return element('option', { text, attributes: { value } });
}
function kindOf(value) {
    return isKind(value) ? value : NO_FILTER.kind;
}
function isKind(value) {
    return value in FILTER_KINDS;
}

// page/tooltip.js
const DISTANCE = 14;
class Tooltip {
    root = element('div', { className: 'tooltip', role: 'tooltip', attributes: { 'aria-hidden': 'true' } });
    #shown = '';
    constructor() {
        this.root.hidden = true;
    }
    show(details, x, y) {
        const key = JSON.stringify(details);
        if (this.#shown !== key)
            this.root.replaceChildren(...detailsView(details));
        this.#shown = key;
        this.root.hidden = false;
        const { width, height } = this.root.getBoundingClientRect();
        const left = x + DISTANCE + width > window.innerWidth ? x - DISTANCE - width : x + DISTANCE;
        const top = y + DISTANCE + height > window.innerHeight ? y - DISTANCE - height : y + DISTANCE;
        this.root.style.transform = \`translate(\${Math.max(4, Math.round(left))}px, \${Math.max(4, Math.round(top))}px)\`;
    }
    hide() {
        this.root.hidden = true;
    }
}

// page/main.js
function readData() {
    const data = JSON.parse(document.querySelector('#data')?.textContent ?? '');
    return data;
}
function start(data) {
    const page = new Page(modelOf(data));
    const tooltip = new Tooltip();
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
    panes.append(requests.pane.root, splitter(panes, () => page.redraw()), lanes.pane.root);
    const actions = [button('Keys', () => help.showModal(), { title: 'Keys and gestures (?)' }), theme];
    const main = element('main', {}, element('div', { className: 'stage' }, overview.root, panes), new Panel(page).root);
    document.body.append(header(data, actions), new SummaryView(page).root, toolbar.root, main, tooltip.root, help);
    listenToKeys({ page, toolbar, theme, help });
    if (data.exchanges.length === 1)
        page.change({ selection: { kind: 'exchange', index: 0 } });
}
function header({ title, startedAtMs, endMs, exchanges, dropped }, actions) {
    const when = startedAtMs === undefined ? '' : new Date(startedAtMs).toISOString().replace('T', ' ').replace('Z', ' UTC');
    const parts = [when, exchanges.length === 0 ? 'nothing recorded' : \`\${formatMs(endMs)} long\`];
    if (dropped > 0)
        parts.push(\`\${plural(dropped, 'earlier request')} no longer in the log\`);
    const facts = element('p', { className: 'muted', text: parts.filter(Boolean).join(' · ') });
    return element('header', {}, element('h1', { text: title }), facts, element('span', { className: 'gap' }), ...actions);
}
start(readData());
`;

export const pageStyle: string = `:root {
  color-scheme: light dark;
  --background: light-dark(#ffffff, #10141a);
  --surface: light-dark(#f5f6f8, #171c24);
  --raised: light-dark(#ffffff, #1d242e);
  --line: light-dark(#e4e7eb, #262e39);
  --line-strong: light-dark(#aab3be, #4a5666);
  --text: light-dark(#18202a, #e4e9f0);
  --muted: light-dark(#5b6673, #98a4b3);
  --accent: light-dark(#0a62b8, #6cb6ff);
  --accent-soft: light-dark(#e3effb, #1b3350);
  --hover: light-dark(#0a62b80d, #6cb6ff12);
  --bad: light-dark(#c0261a, #ff7a6e);
  --bad-soft: light-dark(#fdecea, #3d1f1f);
  --warn: light-dark(#8a5a00, #e8b44a);
  --shadow: 0 6px 24px light-dark(#18202a33, #000000aa), 0 0 0 1px var(--line);

  /* After Okabe and Ito: apart for every kind of colour vision, and by height and hatching besides. */
  --queued: light-dark(#a4adb8, #6b7787);
  --dns: light-dark(#009e73, #1fb88a);
  --connect: light-dark(#e69f00, #efad2c);
  --proxy: light-dark(#e3d232, #f0e442);
  --tls: light-dark(#cc79a7, #d88fb7);
  --send: light-dark(#3b4756, #d3dbe6);
  --wait: light-dark(#56b4e9, #64bdf0);
  --download: light-dark(#0072b2, #1f83c9);
  --outside: light-dark(#d7dce2, #333d4a);

  --label: clamp(400px, 36vw, 620px);
  font:
    13px/1.4 Inter,
    system-ui,
    -apple-system,
    'Segoe UI',
    Roboto,
    sans-serif;
  font-feature-settings: 'tnum', 'cv11', 'ss03';
  font-variant-numeric: tabular-nums;
  background: var(--background);
  color: var(--text);
}

:root[data-theme='light'] {
  color-scheme: light;
}

:root[data-theme='dark'] {
  color-scheme: dark;
}

* {
  box-sizing: border-box;
}

[hidden] {
  display: none !important;
}

body {
  display: grid;
  grid-template: auto auto auto minmax(320px, 1fr) / minmax(760px, 1fr);
  height: 100vh;
  height: 100dvh;
  margin: 0;
  -webkit-font-smoothing: antialiased;
}

h1,
h2,
p,
dl,
dd,
ol {
  margin: 0;
  padding: 0;
}

h2 {
  font-size: 12px;
  font-weight: 600;
}

.gap {
  flex: 1;
}

.muted {
  color: var(--muted);
}

.number {
  text-align: right;
  white-space: nowrap;
}

:focus-visible {
  outline: 2px solid var(--accent);
  outline-offset: 1px;
}

/* Controls */

button,
select,
input {
  height: 28px;
  border: 1px solid var(--line);
  border-radius: 6px;
  padding: 0 10px;
  background: var(--raised);
  color: inherit;
  font: inherit;
}

button {
  cursor: pointer;
}

button:hover,
select:hover {
  border-color: var(--line-strong);
}

select {
  max-width: 210px;
}

.segmented {
  display: flex;
  flex: none;
}

.segmented button {
  border-radius: 0;
  margin-left: -1px;
}

.segmented button:first-child {
  border-radius: 6px 0 0 6px;
}

.segmented button:last-child {
  border-radius: 0 6px 6px 0;
}

.segmented [aria-pressed='true'] {
  position: relative;
  border-color: var(--accent);
  background: var(--accent-soft);
  color: var(--accent);
  font-weight: 600;
}

/* Top of the page */

header {
  display: flex;
  align-items: center;
  gap: 8px;
  padding: 8px 16px;
}

header h1 {
  overflow: hidden;
  margin-right: 4px;
  font-size: 15px;
  font-weight: 650;
  letter-spacing: -0.01em;
  text-overflow: ellipsis;
  white-space: nowrap;
}

header p {
  white-space: nowrap;
}

header .theme {
  min-width: 78px;
}

.summary {
  display: grid;
  grid-template-columns: minmax(330px, 1fr) minmax(300px, 1.5fr) minmax(220px, 1fr) minmax(220px, 1fr);
  border-block: 1px solid var(--line);
  background: var(--surface);
}

.summary > * {
  min-width: 0;
  padding: 10px 16px;
  border-left: 1px solid var(--line);
}

.summary > :first-child {
  border-left: 0;
}

.figures {
  display: grid;
  grid-template-columns: repeat(3, 1fr);
  gap: 4px 8px;
  align-content: center;
}

.summary > .figures {
  padding: 6px 8px;
}

.figure {
  display: grid;
  grid-template-columns: 1fr;
  align-content: center;
  height: auto;
  min-width: 0;
  padding: 3px 8px;
  border: 0;
  border-radius: 6px;
  background: none;
  text-align: left;
}

button.figure:hover {
  background: var(--hover);
}

.figure .label {
  color: var(--muted);
  font-size: 11.5px;
}

.figure strong {
  font-size: 18px;
  font-weight: 600;
  letter-spacing: -0.02em;
  line-height: 1.2;
  white-space: nowrap;
}

.figure.bad strong {
  color: var(--bad);
}

.figure small {
  overflow: hidden;
  min-height: 15px;
  color: var(--muted);
  font-size: 11px;
  text-overflow: ellipsis;
  white-space: nowrap;
}

.card h2 {
  display: flex;
  gap: 6px;
  margin-bottom: 6px;
  color: var(--muted);
  font-weight: 500;
}

.card h2 strong {
  color: var(--text);
  font-weight: 650;
}

.share-row {
  display: grid;
  grid-template-columns: 76px minmax(0, 1fr) 58px;
  align-items: center;
  gap: 8px;
  margin-bottom: 5px;
}

.shares {
  display: flex;
  height: 18px;
  overflow: hidden;
  border-radius: 4px;
  background: var(--line);
}

.shares .bar {
  position: static;
  flex: 0 1 0;
  height: auto;
  min-width: 1px;
  border-radius: 0;
}

.shares b {
  display: block;
  overflow: hidden;
  padding-left: 5px;
  color: #10141a;
  font-size: 11px;
  font-style: normal;
  font-weight: 600;
  line-height: 18px;
  white-space: nowrap;
}

.shares .download b,
.shares .send b {
  color: light-dark(#ffffff, #10141a);
}

.shares .queued b,
.shares .outside b {
  color: var(--text);
}

.legend {
  display: flex;
  flex-wrap: wrap;
  gap: 2px 12px;
  margin-top: 7px;
  font-size: 11.5px;
}

.legend span {
  white-space: nowrap;
}

.swatch {
  display: inline-block;
  width: 10px;
  height: 10px;
  margin-right: 5px;
  border-radius: 2px;
}

.count-line {
  display: grid;
  position: relative;
  grid-template-columns: 3.4em minmax(0, 1fr);
  gap: 8px;
  margin-bottom: 2px;
  padding-left: 2px;
  font-size: 12.5px;
}

.count-line span {
  z-index: 1;
  overflow: hidden;
  text-overflow: ellipsis;
  white-space: nowrap;
}

.count-line .number {
  font-weight: 600;
}

.count-line i {
  position: absolute;
  inset: 1px auto 1px 0;
  border-radius: 3px;
  background: light-dark(#0a62b814, #6cb6ff1f);
}

.toolbar {
  display: flex;
  align-items: center;
  gap: 8px;
  padding: 8px 16px;
}

.toolbar input {
  width: 290px;
}

.toolbar output {
  white-space: nowrap;
}

.is-filtered output {
  color: var(--accent);
  font-weight: 600;
}

/* The stage: overview, requests, connections; the details beside them */

main {
  display: flex;
  min-height: 0;
  border-top: 1px solid var(--line);
}

.stage {
  display: flex;
  flex: 1;
  flex-direction: column;
  min-width: 0;
}

.overview,
.headings,
.scroller {
  overflow: hidden auto;
  scrollbar-color: var(--line-strong) transparent;
  scrollbar-gutter: stable;
}

.overview,
.headings {
  overflow: hidden;
}

.overview {
  display: grid;
  flex: none;
  grid-template-columns: var(--label) minmax(0, 1fr);
  background: var(--surface);
}

.overview .caption {
  display: flex;
  flex-direction: column;
  justify-content: center;
  padding-left: 16px;
  color: var(--muted);
  font-size: 11.5px;
}

.overview .caption b {
  color: var(--text);
  font-weight: 600;
}

.overview .axis {
  position: relative;
  overflow: hidden;
  height: 44px;
  cursor: crosshair;
}

.overview canvas {
  display: block;
  position: absolute;
}

.overview .window {
  position: absolute;
  inset-block: 0;
  border-inline: 2px solid var(--accent);
  box-shadow: 0 0 0 9999px light-dark(#ffffffb0, #10141ab8);
}

.range-mark {
  position: absolute;
  inset-block: 0;
  background: light-dark(#0a62b833, #6cb6ff40);
}

.panes {
  display: flex;
  flex: 1;
  flex-direction: column;
  min-height: 0;
}

.pane {
  display: flex;
  position: relative;
  flex-direction: column;
  min-height: 50px;
}

.requests {
  flex: 0 1 auto;
  max-height: calc(var(--upper) * 1%);
}

.connections {
  flex: 1 1 0;
}

.headings,
.row {
  display: grid;
  line-height: 23px;
}

.lane {
  line-height: 25px;
}

.requests .headings,
.requests .row {
  grid-template-columns: 52px calc(var(--label) - 244px) 62px 56px 74px minmax(0, 1fr);
}

.connections .headings,
.connections .row {
  grid-template-columns: 52px calc(var(--label) - 266px) 72px 142px minmax(0, 1fr);
}

.headings {
  flex: none;
  height: 24px;
  border-block: 1px solid var(--line);
  background: var(--surface);
  color: var(--muted);
  font-size: 11px;
}

.headings > span,
.row > span {
  overflow: hidden;
  padding: 0 8px;
  text-overflow: ellipsis;
  white-space: nowrap;
}

.headings > span:first-child,
.row > .id {
  padding: 0 4px;
  text-align: right;
}

.requests .headings > :nth-child(4),
.requests .headings > :nth-child(5),
.connections .headings > :nth-child(3),
.row > .conn,
.row > .ms,
.row > .count {
  text-align: right;
}

.row > .ms {
  padding-right: 14px;
}

.requests .headings > :nth-child(5) {
  padding-right: 14px;
}

.ruler {
  position: relative;
  height: 100%;
  cursor: crosshair;
}

.ruler span {
  position: absolute;
  padding-left: 5px;
  line-height: 22px;
  white-space: nowrap;
}

.grid-lines {
  position: absolute;
  inset: 24px auto 0 var(--axis-left);
  width: var(--axis-width);
  overflow: hidden;
  pointer-events: none;
}

.grid-lines i {
  position: absolute;
  inset-block: 0;
  width: 1px;
  background: var(--line);
}

.scroller {
  position: relative;
  flex: 1 1 auto;
  min-height: 0;
  overscroll-behavior: contain;
}

.scroller:focus-visible {
  outline-offset: -2px;
}

.rows {
  position: relative;
}

.row {
  position: absolute;
  inset: 0 0 auto;
  contain: strict;
  cursor: default;
}

.row:hover {
  background: var(--hover);
}

.scroller:focus-visible .active {
  box-shadow: inset 0 0 0 1px var(--accent);
}

.row[aria-selected='true'] {
  background: var(--accent-soft);
}

.row.related {
  box-shadow: inset 3px 0 var(--accent);
  background: light-dark(#0a62b80d, #6cb6ff14);
}

.row > .id {
  color: var(--muted);
  font-size: 12px;
}

.row b {
  color: var(--muted);
  font-size: 11px;
  font-weight: 500;
}

.row small {
  color: var(--muted);
  font-size: 11px;
}

.row em {
  margin-right: 6px;
  padding: 0 4px;
  border-radius: 3px;
  background: var(--line);
  color: var(--muted);
  font-size: 11px;
  font-style: normal;
}

.row .reused {
  color: var(--muted);
}

.row .new {
  padding: 0 5px;
  border-radius: 4px;
  background: var(--accent-soft);
  color: var(--accent);
  font-weight: 600;
}

.row[data-outcome='under-way'] .status {
  color: var(--muted);
}

.row[data-hundreds='4'] .status {
  color: var(--warn);
  font-weight: 600;
}

.row[data-hundreds='5'] .status,
.row[data-outcome='failed'] .status {
  color: var(--bad);
  font-weight: 600;
}

.row > .reason {
  color: var(--muted);
}

.row[data-closed='true'] > .reason {
  color: var(--text);
}

.row canvas {
  display: block;
  align-self: start;
}

.track {
  position: relative;
  height: 100%;
  overflow: hidden;
}

/* Phases: the wait for a connection is low, its set-up higher, the exchange highest. */

.track .bar {
  position: absolute;
  top: 5px;
  height: 14px;
}

.no-bar {
  display: none;
}

.track .queued {
  top: 10px;
  height: 5px;
}

.track :is(.dns, .connect, .proxy, .tls) {
  top: 8px;
  height: 9px;
}

.queued {
  background: repeating-linear-gradient(-45deg, var(--queued) 0 3px, light-dark(#cdd3da, #4b5665) 3px 6px);
}

.dns {
  background: var(--dns);
}

.connect {
  background: var(--connect);
}

.proxy {
  background: var(--proxy);
}

.tls {
  background: var(--tls);
}

.send {
  background: var(--send);
}

.wait {
  background: var(--wait);
}

.download {
  background: var(--download);
}

.outside {
  background: var(--outside);
}

.track .outside {
  top: 11px;
  height: 2px;
}

.dial {
  background: repeating-linear-gradient(90deg, var(--connect) 0 4px, transparent 4px 6px);
}

.again {
  background: var(--text);
}

.track .dial {
  top: 20px;
  height: 3px;
}

.swatch.dial {
  width: 16px;
  height: 3px;
  margin-bottom: 3px;
  border-radius: 0;
}

.swatch.again {
  width: 2px;
  height: 12px;
  margin-bottom: -2px;
}

.track .again::before,
.track .failed::before,
.track .under-way::before {
  position: absolute;
  top: -3px;
  font-size: 12px;
  font-style: normal;
  font-weight: 700;
  line-height: 20px;
}

.track .again {
  top: 3px;
  z-index: 1;
  width: 2px;
  height: 18px;
}

.track .failed::before {
  left: 4px;
  color: var(--bad);
  content: '✕';
}

.track .under-way::before {
  left: 4px;
  color: var(--muted);
  content: '…';
}

.splitter {
  z-index: 1;
  flex: none;
  height: 5px;
  border-top: 1px solid var(--line);
  cursor: row-resize;
  touch-action: none;
}

.splitter:hover,
.splitter:focus-visible {
  background: var(--accent);
}

/* Details */

.panel {
  flex: none;
  position: relative;
  width: 340px;
  padding: 12px 16px;
  overflow: auto;
  border-left: 1px solid var(--line);
  background: var(--surface);
  scrollbar-color: var(--line-strong) transparent;
}

.panel h2 {
  margin: 16px 0 4px;
}

.panel .close {
  float: right;
  width: 28px;
  padding: 0;
  border: 0;
  background: none;
  color: var(--muted);
  font-size: 18px;
}

.tooltip {
  position: fixed;
  top: 0;
  left: 0;
  z-index: 10;
  max-width: 420px;
  padding: 10px 12px;
  border-radius: 8px;
  background: var(--raised);
  box-shadow: var(--shadow);
  font-size: 12px;
  pointer-events: none;
}

.details-title {
  overflow-wrap: anywhere;
  font-weight: 600;
}

.tooltip .details-title {
  display: -webkit-box;
  overflow: hidden;
  -webkit-box-orient: vertical;
  -webkit-line-clamp: 3;
}

.details-subtitle {
  color: var(--muted);
  overflow-wrap: anywhere;
}

.details-problem {
  margin-top: 8px;
  padding: 5px 8px;
  border-radius: 5px;
  background: var(--bad-soft);
  color: var(--bad);
  overflow-wrap: anywhere;
}

.details-phases {
  display: grid;
  grid-template-columns: auto minmax(60px, 1fr) auto;
  gap: 3px 10px;
  align-items: center;
  margin-top: 10px;
}

.details-phases .meter {
  display: flex;
  height: 8px;
}

.details-phases .bar {
  border-radius: 2px;
}

dl {
  display: grid;
  grid-template-columns: auto minmax(0, 1fr);
  gap: 3px 14px;
  margin-top: 10px;
}

dt {
  color: var(--muted);
}

dd {
  text-align: right;
  overflow-wrap: anywhere;
}

.actions {
  display: flex;
  flex-wrap: wrap;
  gap: 6px;
  margin-top: 12px;
}

.carried {
  list-style: none;
}

.carried button {
  display: grid;
  grid-template-columns: 3em minmax(0, 1fr) auto;
  gap: 8px;
  width: 100%;
  height: 24px;
  padding: 0 4px;
  border: 0;
  background: none;
  font-size: 12px;
  text-align: left;
}

.carried button:hover {
  background: var(--hover);
}

.carried span {
  overflow: hidden;
  line-height: 24px;
  text-overflow: ellipsis;
  white-space: nowrap;
}

.carried span:first-child,
.carried .more {
  color: var(--muted);
}

.help {
  max-width: 560px;
  padding: 20px 24px;
  border: 0;
  border-radius: 10px;
  background: var(--raised);
  color: inherit;
  box-shadow: var(--shadow);
}

.help::backdrop {
  background: #10141a66;
}

.help h2 {
  font-size: 15px;
}

.help dl {
  margin-bottom: 16px;
  gap: 7px 18px;
}

.help dd {
  text-align: left;
}

kbd {
  color: var(--text);
  font: inherit;
  font-weight: 600;
}

@media (forced-colors: active) {
  .bar,
  .swatch {
    forced-color-adjust: none;
  }
}
`;
