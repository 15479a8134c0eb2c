import { panned, spanOf, viewBetween, zoomed, type TimeView } from './model/time-view.ts';

/** A stretch of the screen that is a stretch of time. */
export interface TimeScale {
  /** Of the window. */
  readonly left: number;
  readonly width: number;
  readonly view: TimeView;
  readonly whole: TimeView;
}

export interface TimeGestureOptions {
  /** Undefined where the event is not on the time axis. */
  readonly scale: () => TimeScale;
  readonly onView: (view: TimeView) => void;
}

/** Pixels that a pointer moves before a click is a drag. */
const DRAG_PIXELS = 4;
const ZOOM_PER_PIXEL = 1.0015;

export function timeAt({ left, width, view }: TimeScale, x: number): number {
  return view.fromMs + ((x - left) / width) * spanOf(view);
}

/** The wheel with Ctrl or Meta zooms at the pointer; sideways, or with Shift, it goes along. Without either the list scrolls as lists do. */
export function zoomByWheel(target: HTMLElement, { scale, onView }: TimeGestureOptions): void {
  const onWheel = (event: WheelEvent): void => {
    const now = scale();
    const isSideways = event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY);
    if (event.ctrlKey || event.metaKey) onView(zoomed(now.view, now.whole, ZOOM_PER_PIXEL ** event.deltaY, timeAt(now, event.clientX)));
    else if (isSideways) onView(panned(now.view, now.whole, ((event.deltaX || event.deltaY) / now.width) * spanOf(now.view)));
    else return;
    event.preventDefault();
  };
  target.addEventListener('wheel', onWheel, { passive: false });
}

/** Dragging moves the time along with the pointer. What was dragged was not clicked. */
export function panByDrag(target: HTMLElement, { scale, onView }: TimeGestureOptions): void {
  onDrag(target, () => scale(), {
    move: (start, fromX, toX) => onView(panned(start.view, start.whole, ((fromX - toX) / start.width) * spanOf(start.view))),
  });
}

export interface RangeOptions extends TimeGestureOptions {
  /** Marks what would be chosen; undefined when the drag is over. */
  readonly onMark: (range: { readonly left: number; readonly width: number } | undefined) => void;
}

/** Dragging chooses a stretch of time. */
export function chooseByDrag(target: HTMLElement, { scale, onView, onMark }: RangeOptions): void {
  onDrag(target, () => scale(), {
    move: ({ left }, fromX, toX) => onMark({ left: Math.min(fromX, toX) - left, width: Math.abs(toX - fromX) }),
    end: (start, fromX, toX) => {
      onMark(undefined);
      onView(viewBetween(timeAt(start, fromX), timeAt(start, toX), start.whole));
    },
  });
}

interface DragSteps {
  readonly move: (start: TimeScale, fromX: number, toX: number) => void;
  readonly end?: (start: TimeScale, fromX: number, toX: number) => void;
}

function onDrag(target: HTMLElement, begin: () => TimeScale, steps: DragSteps): void {
  target.addEventListener('pointerdown', (down) => {
    const start = begin();
    const isOnAxis = down.clientX >= start.left && down.clientX <= start.left + start.width;
    if (down.button !== 0 || !isOnAxis) return;
    let isDrag = false;
    const move = (event: PointerEvent): void => {
      if (!isDrag && Math.abs(event.clientX - down.clientX) < DRAG_PIXELS) return;
      if (!isDrag) target.setPointerCapture(down.pointerId);
      isDrag = true;
      steps.move(start, down.clientX, event.clientX);
    };
    const up = (event: PointerEvent): void => {
      target.removeEventListener('pointermove', move);
      target.removeEventListener('pointerup', up);
      target.removeEventListener('pointercancel', up);
      if (!isDrag) return;
      steps.end?.(start, down.clientX, event.clientX);
      swallowClick(target);
    };
    target.addEventListener('pointermove', move);
    target.addEventListener('pointerup', up);
    target.addEventListener('pointercancel', up);
  });
}

/** The click that follows a drag within the same task, if one does. */
function swallowClick(target: HTMLElement): void {
  const swallow = (event: Event): void => event.stopImmediatePropagation();
  target.addEventListener('click', swallow, { capture: true, once: true });
  setTimeout(() => target.removeEventListener('click', swallow, { capture: true }), 0);
}
