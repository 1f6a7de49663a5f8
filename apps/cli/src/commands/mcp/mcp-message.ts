/** A message of the protocol, as far as a relay looks at it. */
export interface McpMessage {
  readonly jsonrpc: "2.0";
  readonly id?: McpId;
  readonly method?: string;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly [name: string]: unknown;
}

/** What names a request. */
export type McpId = string | number;

/** Reads a message; `no-json` or undefined for what is none. */
export function toMessage(text: string): McpMessage | "no-json" | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isMessage(value) ? value : undefined;
  } catch {
    return "no-json";
  }
}

/** True for an object that looks like a message; what its fields hold is looked at by whoever it is for. */
export function isMessage(value: unknown): value is McpMessage {
  if (typeof value !== "object" || value === null) return false;
  const { jsonrpc, id, method, params }: Readonly<Record<string, unknown>> = { ...value };
  const isNamed = id === undefined || typeof id === "string" || Number.isSafeInteger(id);
  const isAsked = method === undefined ? id !== undefined : typeof method === "string";
  return jsonrpc === "2.0" && isNamed && isAsked && (params === undefined || (typeof params === "object" && params !== null && !Array.isArray(params)));
}

/** What names a request that is not well formed, from what could be read of it; undefined where nothing does, and for an answer. */
export function toRequestId(value: unknown): McpId | undefined {
  if (typeof value !== "object" || value === null || "result" in value || "error" in value) return undefined;
  const id = "id" in value ? value.id : undefined;
  return typeof id === "string" || (typeof id === "number" && Number.isSafeInteger(id)) ? id : undefined;
}

/** The request that a notification takes back; undefined for one that does not. */
export function toCancelledId({ method, params }: McpMessage): McpId | undefined {
  const id = method === "notifications/cancelled" ? params?.["requestId"] : undefined;
  return typeof id === "string" || typeof id === "number" ? id : undefined;
}

/** An error as the answer to a request, or to something that could not be read as one. */
export function toErrorMessage<Id extends McpId | null>(id: Id, code: number, message: string): { readonly jsonrpc: "2.0"; readonly id: Id; readonly error: object } {
  return { jsonrpc: "2.0", id, error: { code, message } };
}
