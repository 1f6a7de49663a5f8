/** Secrets by reference: configuration and transcripts hold names, never values. */
export interface Secrets {
  /** The value, or undefined where nobody stored one. */
  get(name: string): Promise<string | undefined>;
  /** Every secret value known in this process replaced by `[redacted]`. */
  redact(text: string): string;
  /** Makes `value` known to `redact`. */
  register(value: string): void;
}
