import { describe, expect, it, onTestFinished } from "vitest";
import type { Channel, InboundMessage, OutboundMessage, WebhookRequest, WebhookResponse } from "@omni/core";
import { toOmniError } from "@omni/core";
import fc from "fast-check";
import type { WebhookTestPlace } from "./webhook-place.ts";
import { createWebhookChannel } from "../src/create-webhook-channel.ts";
import { createWebhookPlace, oldSecret, secret, toRequest, toSigned } from "./webhook-place.ts";
import { webhookChannelOptions } from "../src/webhook-channel-options.ts";

const never = new AbortController().signal;
const answer: OutboundMessage = { conversation: "hall:7", text: "Grüße", idempotencyKey: "01J:end:0" };
const valid = { id: "m1", conversation: "hall", sender: "p1", text: "hi" };

interface Open {
  readonly place: WebhookTestPlace;
  readonly channel: Channel;
  readonly received: InboundMessage[];
  readonly seconds: number;
  /** What a body is answered, signed now unless other headers are given. */
  ask(body: unknown, headers?: Readonly<Record<string, string>>, more?: Partial<WebhookRequest>): Promise<WebhookResponse>;
}

async function open(options: Parameters<typeof createWebhookPlace>[0] = {}): Promise<Open> {
  const place = await createWebhookPlace(options);
  const channel = await place.create();
  onTestFinished(async () => {
    await channel.close();
    await place.dispose();
  });
  const received: InboundMessage[] = [];
  await channel.start(async (message) => void received.push(message), never);
  const seconds = Math.floor(place.host.clock.now() / 1_000);
  const ask: Open["ask"] = async (value, headers, more = {}) => {
    const body = value instanceof Uint8Array ? value : new TextEncoder().encode(typeof value === "string" ? value : JSON.stringify(value));
    return (await channel.receive?.({ ...toRequest(body, headers ?? toSigned(body, seconds)), ...more }, never)) ?? { status: 0 };
  };
  return { place, channel, received, seconds, ask };
}

describe("a signature", () => {
  it("is the one that the page computes", async () => {
    const { ask } = await open();
    const body = '{"id":"m1","conversation":"hall","sender":"p1","text":"hi"}';
    // printf '1700000000.%s' "$BODY" | openssl dgst -sha256 -hmac 0123456789abcdef0123456789abcdef
    expect((await ask(body, { "x-omni-timestamp": "1700000000", "x-omni-signature": "v1=082547feee90d22830f82b9c7b54ac048a5a93bbc4251dcca12104b911384743" })).status).toBe(401);
    expect((await ask(body, { "x-omni-timestamp": "1700000000", "x-omni-signature": "v1=f71436eddd8fc1172fe71a8b6a439bf3794982aab3140cbb9010f3a800273632" })).status).toBe(200);
  });

  it("of any secret is taken, so that secrets can be changed one side after the other", async () => {
    const { ask, seconds } = await open();
    const body = JSON.stringify(valid);
    expect((await ask(body, toSigned(body, seconds, oldSecret))).status).toBe(200);
    expect((await ask(body, toSigned(body, seconds, secret))).status).toBe(200);
  });

  it("is good for five minutes to either side, and not a second longer", async () => {
    const { ask, seconds, received } = await open();
    const body = JSON.stringify(valid);
    const statuses: number[] = [];
    for (const offset of [-301, -300, 300, 301]) statuses.push((await ask(body, toSigned(body, seconds + offset))).status);
    expect(statuses).toEqual([401, 200, 200, 401]);
    expect(received).toHaveLength(2);
  });

  it.each([
    ["no timestamp", { "x-omni-timestamp": "" }],
    ["another timestamp than was signed", { "x-omni-timestamp": "1700000001" }],
    ["a timestamp in milliseconds", toSigned(JSON.stringify(valid), 1_700_000_000_000)],
    ["a timestamp with a sign", toSigned(JSON.stringify(valid), "+1700000000")],
    ["a timestamp with a fraction", toSigned(JSON.stringify(valid), "1700000000.0")],
    ["a timestamp in other words", toSigned(JSON.stringify(valid), "1.7e9")],
    ["no signature", { "x-omni-signature": "" }],
    ["a signature without its version", { "x-omni-signature": toSigned(JSON.stringify(valid), 1_700_000_000)["x-omni-signature"]?.slice(3) ?? "" }],
    ["half a signature", { "x-omni-signature": toSigned(JSON.stringify(valid), 1_700_000_000)["x-omni-signature"]?.slice(0, 35) ?? "" }],
    ["a signature twice", { "x-omni-signature": `${toSigned(JSON.stringify(valid), 1_700_000_000)["x-omni-signature"]}, v1=${"0".repeat(64)}` }],
    ["a signature in capitals", { "x-omni-signature": toSigned(JSON.stringify(valid), 1_700_000_000)["x-omni-signature"]?.toUpperCase().replace("V1", "v1") ?? "" }],
    ["a signature with an empty key", toSigned(JSON.stringify(valid), 1_700_000_000, "")],
  ])("is refused with %s", async (_what, headers) => {
    const { ask, received } = await open();
    expect(await ask(valid, { ...toSigned(JSON.stringify(valid), 1_700_000_000), ...headers })).toEqual({ status: 401 });
    expect(received).toEqual([]);
  });

  it("is broken by any other byte, anywhere", async () => {
    const { ask, received, seconds } = await open();
    const body = new TextEncoder().encode(JSON.stringify(valid));
    const headers = toSigned(body, seconds);
    await fc.assert(
      fc.asyncProperty(fc.nat(body.length - 1), fc.integer({ min: 1, max: 255 }), async (at, change) => {
        expect((await ask(body.map((byte, index) => (index === at ? byte ^ change : byte)), headers)).status).toBe(401);
      }),
    );
    expect(received).toEqual([]);
  });
});

describe("a message", () => {
  it("comes with its id, conversation, sender, words and time", async () => {
    const { ask, received } = await open();
    expect(await ask({ ...valid, conversation: "hall:7", text: "Grüße\n👩‍👩‍👧", at: 1_600_000_000_123, other: true })).toEqual({ status: 200, headers: { "content-type": "application/json; charset=utf-8" }, body: '{"status":"accepted"}' });
    expect(received).toEqual([{ platformId: "m1", conversation: "hall:7", sender: "p1", content: [{ type: "text", text: "Grüße\n👩‍👩‍👧" }], at: 1_600_000_000_123 }]);
  });

  it("has the time of its signature where it says none", async () => {
    const { ask, received, seconds } = await open();
    const body = JSON.stringify(valid);
    await ask(body, toSigned(body, seconds - 60));
    expect(received.map(({ at }) => at)).toEqual([(seconds - 60) * 1_000]);
  });

  it.each([
    ["id", undefined], ["id", ""], ["id", 7], ["id", "a b"], ["id", "é"], ["id", "x".repeat(201)],
    ["conversation", undefined], ["conversation", ""], ["conversation", "a b"], ["conversation", "a\u0000"], ["conversation", "x".repeat(201)],
    ["sender", undefined], ["sender", ""], ["sender", 1], ["sender", "a\nb"], ["sender", "\ud800"],
    ["text", undefined], ["text", 7], ["text", ["hi"]],
    ["at", "yesterday"], ["at", -1], ["at", null],
  ])("is refused by name with %s %j", async (field, value) => {
    const { ask, received } = await open();
    const response = await ask({ ...valid, [field]: value });
    expect([response.status, response.body]).toEqual([400, expect.stringContaining(`\\"${field}\\"`)]);
    expect(received).toEqual([]);
  });

  it("is posted, and nothing else", async () => {
    const { ask, received } = await open();
    const response = await ask(valid, undefined, { method: "GET" });
    expect([response.status, response.headers?.["allow"]]).toEqual([405, "POST"]);
    expect(received).toEqual([]);
  });

  it("is none where an answer of the channel itself is sent back", async () => {
    const { place, channel, received } = await open();
    await channel.send(answer, never);
    const [{ headers, body } = { headers: {}, body: "" }] = place.received;
    const returned = toRequest(new TextEncoder().encode(body), { "x-omni-timestamp": String(headers["x-omni-timestamp"]), "x-omni-signature": String(headers["x-omni-signature"]) });
    expect((await channel.receive?.(returned, never))?.status).toBe(400);
    expect(received).toEqual([]);
  });
});

describe("an answer", () => {
  it("is posted with its key, signed over the time and the bytes with the first secret", async () => {
    const { place, channel } = await open();
    expect(await channel.send(answer, never)).toEqual({ receipt: "01J:end:0" });
    const [{ headers, body } = { headers: {}, body: "" }] = place.received;
    expect(JSON.parse(body)).toEqual({ id: "01J:end:0", conversation: "hall:7", text: "Grüße" });
    expect(headers).toMatchObject({ "content-type": "application/json", "idempotency-key": "01J:end:0", ...toSigned(body, Number(headers["x-omni-timestamp"])) });
    expect(Number(headers["x-omni-timestamp"])).toBe(Math.floor(place.host.clock.now() / 1_000));
  });

  it.each([
    [429, { retryable: true, retryAfterMs: 7_000 }],
    [503, { retryable: true, retryAfterMs: 7_000 }],
    [500, { code: "egress.failed", retryable: false }],
    [502, { code: "egress.failed", retryable: false }],
    [400, { code: "message.invalid", retryable: false }],
    [401, { code: "message.invalid", retryable: false }],
    [410, { code: "message.invalid", retryable: false }],
    [302, { code: "message.invalid", retryable: false }],
    [307, { code: "message.invalid", retryable: false }],
  ])("that is answered %i is judged by that", async (status, expected) => {
    const { place, channel } = await open();
    place.answerNext((response) => response.writeHead(status, { "retry-after": "7", location: "/elsewhere" }).end());
    expect(toOmniError(await channel.send(answer, never).catch((error: unknown) => error))).toMatchObject(expected);
    expect(place.received).toHaveLength(1);
  });

  it("waits for an hour at most, whatever the receiver says", async () => {
    const { place, channel } = await open();
    place.answerNext((response) => response.writeHead(503, { "retry-after": "999999999" }).end());
    await expect(channel.send(answer, never)).rejects.toMatchObject({ retryAfterMs: 3_600_000 });
  });

  it("is taken where the receiver says so and goes on talking for ever", async () => {
    const { place, channel } = await open();
    place.answerNext((response) => void response.writeHead(200).write("x".repeat(100)));
    expect(await channel.send(answer, never)).toEqual({ receipt: "01J:end:0" });
  });

  it("surely was not taken where nobody listens, and may be later", async () => {
    const { place, channel } = await open();
    await place.dispose();
    await expect(channel.send(answer, never)).rejects.toMatchObject({ code: "egress.failed", retryable: true });
    const elsewhere = createWebhookChannel(webhookChannelOptions.parse({ secrets: [secret], url: "https://nowhere.invalid/" }), place.host);
    await expect(elsewhere.send(answer, never)).rejects.toMatchObject({ code: "egress.failed", retryable: true });
  });

  it("is refused with a key that no header can hold", async () => {
    const { place, channel } = await open();
    for (const idempotencyKey of ["", "a b", "é", "a\r\nx: y"]) await expect(channel.send({ ...answer, idempotencyKey }, never)).rejects.toMatchObject({ code: "message.invalid" });
    expect(place.received).toEqual([]);
  });
});

describe("the options", () => {
  const good = { secrets: [secret], url: "https://example.com/hook?key=1" };

  it("have their defaults", () => {
    expect(webhookChannelOptions.parse(good)).toEqual({ ...good, maxMessageLength: 32_768, deduplicates: false });
  });

  it.each([
    ["no options", undefined],
    ["no secrets", { url: good.url }],
    ["an empty list of secrets", { ...good, secrets: [] }],
    ["a short secret", { ...good, secrets: ["x".repeat(31)] }],
    ["a short secret behind a good one", { ...good, secrets: [secret, ""] }],
    ["a secret with a line break", { ...good, secrets: [`${secret}\n`] }],
    ["a secret that is no text", { ...good, secrets: [7] }],
    ["one text for secrets", { ...good, secrets: secret }],
    ["nine secrets", { ...good, secrets: Array.from({ length: 9 }, () => secret) }],
    ["no url", { secrets: good.secrets }],
    ["another scheme", { ...good, url: "ftp://example.com/" }],
    ["a name and a password", { ...good, url: "https://a:b@example.com/" }],
    ["no length", { ...good, maxMessageLength: 0 }],
    ["a word for yes", { ...good, deduplicates: "yes" }],
  ])("are refused with %s, and no secret is named", (_what, value) => {
    const parse = (): unknown => webhookChannelOptions.parse(value);
    expect(parse).toThrow(expect.objectContaining({ code: "config.invalid" }));
    expect(parse).not.toThrow(secret);
  });

  it("make their secrets known to what hides them", async () => {
    const { place } = await open();
    const known: string[] = [];
    createWebhookChannel(webhookChannelOptions.parse(good), { ...place.host, secrets: { ...place.host.secrets, register: (value) => void known.push(value) } });
    expect(known).toEqual([secret]);
  });
});
