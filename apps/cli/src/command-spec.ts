import type { Terminal } from "./terminal.ts";

/** One flag: how it is written, checked and explained. */
export interface FlagSpec {
  /** `switch` takes no value, `number` one within its bounds, `whole` a number without a fraction. */
  readonly type: "switch" | "text" | "whole" | "number";
  /** The value's name in help, `DIR`. */
  readonly value?: string;
  readonly about: string;
  /** One letter that stands for it after one dash. */
  readonly short?: string;
  readonly choices?: readonly string[];
  readonly least?: number;
  readonly most?: number;
}

/** One command: its line, its flags, its help, and how to load it. */
export interface CommandSpec {
  /** One word, or two: `sessions list`. */
  readonly name: string;
  /** What stands besides flags, as help shows it: `"task" | -`. */
  readonly operands: string;
  /** Fewest and most operands. */
  readonly count: readonly [least: number, most: number];
  readonly about: string;
  /** More lines of help. */
  readonly details?: readonly string[];
  readonly flags: Readonly<Record<string, FlagSpec>>;
  /** Whole lines that can be typed, each with what it does. */
  readonly examples: readonly (readonly [line: string, does: string])[];
  load(): Promise<CommandBody>;
}

/** What a command was given: only flags it declares, values already checked. */
export interface CommandCall {
  readonly spec: CommandSpec;
  readonly operands: readonly string[];
  /** True when a switch is set. */
  has(flag: string): boolean;
  text(flag: string): string | undefined;
  number(flag: string): number | undefined;
}

/** What is the same for all commands of one start. */
export interface CommandContext {
  readonly terminal: Terminal;
  /** Version of the program. */
  readonly version: string;
}

/** Does the work and resolves with the exit code; throws an OmniError where it cannot begin. */
export type CommandBody = (call: CommandCall, context: CommandContext) => Promise<number>;
