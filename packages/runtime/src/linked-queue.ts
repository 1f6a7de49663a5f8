/** A queue whose members may leave from anywhere in it. Each step costs the same, however many there are. */
export interface LinkedQueue<T> {
  /** Puts a value at the end. What comes back takes it out again, and does nothing once it is out. */
  push(value: T): () => void;
  /** Takes the first value; undefined where there is none. */
  shift(): T | undefined;
  readonly isEmpty: boolean;
}

interface Link<T> {
  readonly value: T;
  isIn: boolean;
  before: Link<T> | undefined;
  behind: Link<T> | undefined;
}

/** Makes an empty queue. */
export function createLinkedQueue<T>(): LinkedQueue<T> {
  let first: Link<T> | undefined;
  let last: Link<T> | undefined;
  const takeOut = (link: Link<T>): void => {
    if (!link.isIn) return;
    const { before, behind } = link;
    if (before === undefined) first = behind;
    else before.behind = behind;
    if (behind === undefined) last = before;
    else behind.before = before;
    // Whoever still knows it keeps nobody else alive.
    link.isIn = false;
    link.before = undefined;
    link.behind = undefined;
  };
  return {
    push(value) {
      const link: Link<T> = { value, isIn: true, before: last, behind: undefined };
      if (last === undefined) first = link;
      else last.behind = link;
      last = link;
      return () => takeOut(link);
    },
    shift() {
      const link = first;
      if (link !== undefined) takeOut(link);
      return link?.value;
    },
    get isEmpty() {
      return first === undefined;
    },
  };
}
