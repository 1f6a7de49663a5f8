/** Runs what is asked for one after another. */
export interface OneByOne {
  /** Runs `body` when everything before it is through, whether that failed or not. */
  run<T>(body: () => Promise<T>): Promise<T>;
  /** Resolves when everything that was asked for before is through. */
  idle(): Promise<void>;
}

/** Makes one that has nothing to do. */
export function createOneByOne(): OneByOne {
  let last: Promise<void> = Promise.resolve();
  return {
    run(body) {
      const result = last.then(body);
      last = result.then(
        () => undefined,
        () => undefined,
      );
      return result;
    },
    idle: () => last,
  };
}
