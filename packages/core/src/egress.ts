/** Limits of one fetch. */
export interface EgressOptions {
  /** Most bytes of the body; more is an error `egress.too-large`. */
  readonly maxBytes?: number;
  /** Whole time in milliseconds, redirects included. */
  readonly timeoutMs?: number;
  /** True for addresses the owner configured (a model endpoint, an MCP server): private addresses are then allowed. */
  readonly configured?: boolean;
  /**
   * True where a person or a policy has judged the host of the address and no
   * other: a redirect to another host is not followed but given as the answer,
   * with its `location`. Host means the name without the port. What is
   * `configured` is followed within its origin only, whatever this says.
   */
  readonly withinHost?: boolean;
}

/**
 * The one way out. Every address is resolved and judged before a packet is
 * sent, again at each redirect; refusals are `egress.refused`.
 */
export interface Egress {
  fetch(url: string | URL, init?: RequestInit, options?: EgressOptions): Promise<Response>;
  /** A `fetch` for vendor SDKs whose address the owner configured. */
  configured(): typeof fetch;
}
