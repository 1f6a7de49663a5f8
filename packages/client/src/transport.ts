/** One request to the gateway. */
export interface GatewayRequest {
  readonly method: "GET" | "POST" | "DELETE";
  /** With its query, from the root of the gateway: `/turns/ID`. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON text. */
  readonly body?: string;
  readonly signal?: AbortSignal;
}

/** What came back, read as it comes. */
export interface GatewayResponse {
  readonly status: number;
  /** A header by its name in lower case. */
  header(name: string): string | undefined;
  /** Leaving the loop closes the connection. Throws `egress.failed` when it breaks, or the signal's reason. */
  readonly body: AsyncIterable<Uint8Array>;
  /** Closes the connection at once, also while the body is being read: that ends then, or breaks. */
  close(): void;
}

/** A way to the gateway. */
export interface Transport {
  /** Resolves with the head of the response. Throws `egress.failed`, `retryable`, where the gateway cannot be reached, or the signal's reason. */
  send(request: GatewayRequest): Promise<GatewayResponse>;
  /** Closes connections that are kept for later requests, and keeps none from now on. What is still being read goes on. */
  close(): void;
}
