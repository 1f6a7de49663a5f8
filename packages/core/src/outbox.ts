/** One part of a reply on its way to a channel. `unknown`: sent perhaps, the receipt was lost. */
export interface OutboxRow {
  readonly id: string;
  readonly turnId: string;
  /** From 0. */
  readonly part: number;
  readonly channel: string;
  readonly conversation: string;
  readonly kind: "final" | "draft" | "notice";
  readonly body: string;
  readonly state: "pending" | "sending" | "sent" | "unknown" | "failed";
  readonly receipt: string | null;
  readonly attempts: number;
}
