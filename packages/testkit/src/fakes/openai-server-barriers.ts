/** Named places where replies wait for the test. */
export interface Barriers {
  /** Tells that a reply has come to the barrier, and resolves once it is open. */
  pass(name: string): Promise<void>;
  /** Resolves once `count` replies have come to the barrier. */
  reached(name: string, count?: number): Promise<void>;
  /** Opens the barrier for good: for those that wait and those that come. */
  release(name: string): void;
}

interface Barrier {
  arrived: number;
  readonly opened: PromiseWithResolvers<void>;
  readonly waiting: { readonly count: number; readonly resolve: () => void }[];
}

/** Makes barriers, all closed. */
export function createBarriers(): Barriers {
  const barriers = new Map<string, Barrier>();
  const get = (name: string): Barrier => {
    const known = barriers.get(name) ?? { arrived: 0, opened: Promise.withResolvers<void>(), waiting: [] };
    barriers.set(name, known);
    return known;
  };
  return {
    pass(name) {
      const barrier = get(name);
      barrier.arrived += 1;
      for (const each of barrier.waiting) if (each.count <= barrier.arrived) each.resolve();
      return barrier.opened.promise;
    },
    reached(name, count = 1) {
      const barrier = get(name);
      if (barrier.arrived >= count) return Promise.resolve();
      return new Promise((resolve) => barrier.waiting.push({ count, resolve }));
    },
    release: (name) => get(name).opened.resolve(),
  };
}
