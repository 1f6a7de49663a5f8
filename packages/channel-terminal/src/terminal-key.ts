/** A key with what was held. Letters are lower case. */
export interface NamedKey {
  readonly kind: "key";
  /** `enter`, `newline`, `left`, …, or the letter that was pressed with Ctrl or Alt. */
  readonly name: string;
  readonly isCtrl: boolean;
  readonly isAlt: boolean;
  readonly isShift: boolean;
}

/** What a person did at the keyboard. */
export type TerminalKey =
  | NamedKey
  /** Characters that stand for themselves. */
  | { readonly kind: "text"; readonly text: string }
  /** A paste, its line ends all `\n`. `size` is its whole length in UTF-16 units; where that is more than the decoder keeps, `text` is its beginning. */
  | { readonly kind: "paste"; readonly text: string; readonly size: number };

/** Makes a key of its name and what was held. */
export function toKey(name: string, held: { readonly isCtrl?: boolean; readonly isAlt?: boolean; readonly isShift?: boolean } = {}): NamedKey {
  return { kind: "key", name, isCtrl: held.isCtrl ?? false, isAlt: held.isAlt ?? false, isShift: held.isShift ?? false };
}
