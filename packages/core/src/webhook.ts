/** A request of a platform as it came in. Nothing of it is checked or parsed: whoever sent it is a stranger until its signature fits. */
export interface WebhookRequest {
  /** Some platforms ask with `GET` whether the address is theirs. */
  readonly method: "GET" | "POST";
  /** What stands behind the channel's own address, as it was sent: empty, or `/` and one more part. */
  readonly path: string;
  /** What stands behind the `?`, as it was sent; empty where there is nothing. */
  readonly query: string;
  /** By their names in lower case. Several lines of one name are one value, joined by a comma and a space. */
  readonly headers: ReadonlyMap<string, string>;
  /** The bytes themselves: signatures are made over bytes. */
  readonly body: Uint8Array;
}

/** What the platform is answered. */
export interface WebhookResponse {
  /** From 200 to 599. 401 says that the signature does not fit; the rest of such an answer is not sent. */
  readonly status: number;
  /** Besides those that every answer of the gateway has. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}
