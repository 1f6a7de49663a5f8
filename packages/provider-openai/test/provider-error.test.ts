import { OmniError } from "@omni/core";
import { describe, expect, it } from "vitest";
import { toProviderError } from "../src/provider-error.ts";

const place = { origin: "http://127.0.0.1:1", model: "m", redact: (text: string): string => text.replaceAll("sk-secret", "[redacted]"), now: (): number => 0 };
const status = (code: number, error: unknown, headers: Record<string, string> = {}): unknown => ({ status: code, error, message: `${code} x`, headers: new Headers(headers) });

describe("toProviderError", () => {
  it.each([
    [400, { code: "context_length_exceeded", message: "x" }, "provider.context-too-long"],
    [400, { message: "This model's maximum context length is 4096 tokens. However, you requested 5000 tokens." }, "provider.context-too-long"],
    [400, { message: "request (4390 tokens) exceeds the available context size (4096 tokens), try increasing it", type: "exceed_context_size_error" }, "provider.context-too-long"],
    [500, { message: "Context size has been exceeded.", type: "server_error" }, "provider.context-too-long"],
    [400, { message: "the input length exceeds the context length" }, "provider.context-too-long"],
    [400, { message: "prompt is too long: 210000 tokens > 200000 maximum" }, "provider.context-too-long"],
    [400, { message: "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576)." }, "provider.context-too-long"],
    [400, { message: "Trying to keep the first 5000 tokens when context the overflows." }, "provider.context-too-long"],
    [413, { message: "Request too large" }, "provider.context-too-long"],
    [400, { message: "Invalid value: 'messages[0].content'." }, "provider.refused"],
    [422, { detail: [{ msg: "field required" }] }, "provider.refused"],
    [400, { message: "Unable to process input image" }, "provider.refused"],
    [404, { message: "No endpoints found that support image input" }, "provider.refused"],
    [404, { message: "model 'gpt-image-1' not found" }, "provider.not-found"],
    [413, { message: "The image is too large" }, "provider.refused"],
    [415, { message: "Unsupported MIME type: image/svg+xml" }, "provider.refused"],
    [500, { message: "image input is not supported - hint: if this is unexpected, you may need to provide the mmproj" }, "provider.refused"],
    [500, { message: "image worker died" }, "provider.unavailable"],
    [429, { message: "Image input is not supported on this tier so often" }, "provider.rate-limited"],
    [402, "no credits", "provider.refused"],
    [401, { message: "bad key" }, "provider.unauthorised"],
    [403, { message: "no" }, "provider.unauthorised"],
    [404, { message: "model 'm' not found" }, "provider.not-found"],
    [408, undefined, "provider.unavailable"],
    [409, undefined, "provider.unavailable"],
    [429, { message: "slow down" }, "provider.rate-limited"],
    [500, undefined, "provider.unavailable"],
    [529, { message: "overloaded" }, "provider.unavailable"],
  ])("calls %i with %j %s", (code, body, expected) => {
    const error = toProviderError(status(code, body), place);
    expect(error.code).toBe(expected);
    expect(error.retryable).toBe(["provider.rate-limited", "provider.unavailable"].includes(expected));
  });

  it("does not ask again where the account has used up its quota", () => {
    expect(toProviderError(status(429, { code: "insufficient_quota", message: "x" }), place)).toMatchObject({ code: "provider.rate-limited", retryable: false });
  });

  it("keeps what the server asks for, and says it", () => {
    expect(toProviderError(status(429, undefined, { "retry-after": "90" }), place)).toMatchObject({ retryAfterMs: 90_000, message: expect.stringContaining("Wait 90 s") });
    expect(toProviderError(status(503, undefined, { "retry-after-ms": "50" }), place)).toMatchObject({ retryAfterMs: 50 });
  });

  it("quotes the server's words on one line, cut, and without the key", () => {
    const { message } = toProviderError(status(400, { message: `Wrong key sk-secret\n${"x".repeat(1_000)}` }), place);
    expect(message).toContain("Wrong key [redacted] xxx");
    expect(message).not.toMatch(/sk-secret|\n/);
    expect(message.length).toBeLessThan(450);
  });

  it("does not quote a web page", () => {
    const { message } = toProviderError({ status: 502, error: undefined, message: "502 <html><body>nginx</body></html>", headers: new Headers() }, place);
    expect(message).toBe("The model endpoint http://127.0.0.1:1 fails on its side (502). Try again later.");
  });

  it.each([
    [{ code: 502, message: "upstream" }, "provider.unavailable"],
    [{ type: "rate_limit_error", message: "x" }, "provider.rate-limited"],
    [{ type: "invalid_request_error", code: "context_length_exceeded", message: "x" }, "provider.context-too-long"],
    [{ type: "invalid_request_error", message: "x" }, "provider.refused"],
    [{ type: "authentication_error", message: "x" }, "provider.unauthorised"],
    ["boom", "provider.unavailable"],
  ])("reads the error %j that came inside a stream", (error, expected) => {
    expect(toProviderError({ status: undefined, error }, place).code).toBe(expected);
  });

  it("names the origin and the cause of a connection that failed", () => {
    const refused = new Error("Connection error.", { cause: Object.assign(new TypeError("fetch failed"), { cause: Object.assign(new AggregateError([]), { code: "ECONNREFUSED" }) }) });
    expect(toProviderError(refused, place)).toMatchObject({ code: "provider.unreachable", retryable: true, message: expect.stringMatching(/http:\/\/127\.0\.0\.1:1 \(ECONNREFUSED\).*baseUrl/) });
    const certificate = new Error("x", { cause: Object.assign(new Error("y"), { code: "DEPTH_ZERO_SELF_SIGNED_CERT" }) });
    expect(toProviderError(certificate, place)).toMatchObject({ code: "provider.unreachable", retryable: false, message: expect.stringContaining("NODE_EXTRA_CA_CERTS") });
  });

  it("passes errors of providers on, and says what egress said", () => {
    const cut = new OmniError("provider.cut", "x", { retryable: true });
    expect(toProviderError(new Error("wrapped", { cause: cut }), place)).toBe(cut);
    const refused = new Error("x", { cause: new OmniError("egress.refused", "The address is not allowed.") });
    expect(toProviderError(refused, place)).toMatchObject({ code: "provider.unreachable", retryable: false, message: expect.stringContaining("not allowed") });
    expect(toProviderError(new Error("x", { cause: new OmniError("egress.failed", "No route.") }), place).retryable).toBe(true);
  });

  it("calls a defect of its own a defect", () => {
    expect(toProviderError(new RangeError("oops"), place)).toMatchObject({ code: "internal", retryable: false });
  });
});
