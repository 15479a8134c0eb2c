/** What an element is made with. Text is always text: nothing in this page is parsed as markup. */
export interface ElementParts {
  readonly className?: string;
  readonly text?: string;
  readonly title?: string;
  readonly role?: string;
  readonly attributes?: Readonly<Record<string, string>>;
}

export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  { className, text, title, role, attributes = {} }: ElementParts = {},
  ...children: readonly Node[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  if (className !== undefined) made.className = className;
  if (text !== undefined) made.textContent = text;
  if (title !== undefined) made.title = title;
  if (role !== undefined) made.setAttribute('role', role);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

export function button(label: string, onClick: () => void, parts: ElementParts = {}): HTMLButtonElement {
  const made = element('button', { ...parts, text: label, attributes: { type: 'button', ...parts.attributes } });
  made.addEventListener('click', onClick);
  return made;
}

/** An event's target, or what is around it, that matches a selector. */
export function closestOf(event: Event, selector: string): HTMLElement | undefined {
  const found = event.target instanceof Element ? event.target.closest(selector) : undefined;
  return found instanceof HTMLElement ? found : undefined;
}

/** A canvas of this size in CSS pixels, cleared, drawn on in CSS pixels whatever the screen's are. */
export function sizedContext(canvas: HTMLCanvasElement, width: number, height: number): CanvasRenderingContext2D | undefined {
  const scale = window.devicePixelRatio;
  const [pixelsWide, pixelsHigh] = [Math.round(width * scale), Math.round(height * scale)];
  const context = canvas.getContext('2d') ?? undefined;
  if (canvas.width !== pixelsWide || canvas.height !== pixelsHigh) {
    canvas.width = pixelsWide;
    canvas.height = pixelsHigh;
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
  }
  context?.setTransform(scale, 0, 0, scale, 0, 0);
  context?.clearRect(0, 0, width, height);
  return context;
}
