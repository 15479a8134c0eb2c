import type { Answer } from './store.ts';

/** Whether an answer is yet to come. */
export function isLater<T>(answer: Answer<T>): answer is Promise<T> {
  return answer instanceof Promise;
}

/** What `use` makes of an answer: at once where the answer is there, which spares the hit from memory its promises. */
export function andThen<T, U>(answer: Answer<T>, use: (value: T) => Answer<U>): Answer<U> {
  return isLater(answer) ? answer.then(use) : use(answer);
}
