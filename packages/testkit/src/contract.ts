import { describe, it } from "vitest";

/** A new, empty implementation for one case. */
export type Create<T> = () => T | Promise<T>;

/**
 * One obligation of a contract, as data. It stands under the same id, with
 * the same title, in `docs/contracts/`. `run` throws when the obligation is
 * not kept, and disposes what it made.
 */
export interface ContractCase<T> {
  /** A letter for the contract and a number: `M3`. Never reused. */
  readonly id: string;
  /** A fact in the present tense. */
  readonly title: string;
  /** The ability it needs; the case is skipped for implementations that do not declare it. */
  readonly needs?: string;
  run(create: Create<T>): Promise<void>;
}

/** What an implementation says of itself to its kit. */
export interface ContractOptions {
  /** Abilities it has, out of those the cases need. */
  readonly abilities?: readonly string[];
  /** Cases that do not apply, each with its reason. */
  readonly skip?: Readonly<Record<string, string>>;
}

/** Runs every case of a contract against one implementation. */
export function describeContract<T>(
  title: string,
  cases: readonly ContractCase<T>[],
  create: Create<T>,
  options: ContractOptions = {},
): void {
  describe(title, () => {
    for (const contractCase of cases) {
      const reason = reasonToSkip(contractCase, options);
      const name = `${contractCase.id} ${contractCase.title}`;
      if (reason === undefined) it(name, () => contractCase.run(create));
      else it.skip(`${name} (${reason})`, () => undefined);
    }
  });
}

function reasonToSkip<T>(contractCase: ContractCase<T>, options: ContractOptions): string | undefined {
  const given = options.skip?.[contractCase.id];
  if (given !== undefined) return given;
  if (contractCase.needs === undefined || options.abilities?.includes(contractCase.needs)) return undefined;
  return `does not claim ${contractCase.needs}`;
}
