import { describe, expect, it } from "vitest";
import { openGateway } from "./support/open-gateway.ts";
import { openListening } from "./support/open-listening.ts";

function post(url: string, body: unknown): Promise<Response> {
  return fetch(`${url}/pair`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
}

describe("POST /pair", () => {
  it("exchanges a code once for a token that works at once", async () => {
    const gateway = await openListening();
    const code = await gateway.mint("phone");
    const response = await post(gateway.url, { code });
    const made = (await response.json()) as { token: string };
    expect([response.status, made]).toEqual([200, { token: expect.stringMatching(/^omni_/), name: "phone", scopes: ["read"] }]);
    expect((await gateway.ask("GET /asks", { token: made.token })).status).toBe(200);
    const second = await post(gateway.url, { code });
    expect([second.status, await second.json()]).toEqual([403, { error: expect.objectContaining({ code: "auth.forbidden" }) }]);
  });

  it("lets one of fifty through that come at once", async () => {
    const gateway = await openListening();
    const code = await gateway.mint("phone");
    const statuses = (await Promise.all(Array.from({ length: 50 }, () => post(gateway.url, { code })))).map(({ status }) => status);
    expect(statuses.filter((status) => status === 200)).toHaveLength(1);
    expect(statuses.filter((status) => status === 403)).toHaveLength(49);
    expect((await gateway.runtime.tokens.list()).filter(({ name }) => name === "phone")).toHaveLength(1);
  });

  it("locks the address after five wrong codes, says until when, and burns the code", async () => {
    const gateway = await openListening();
    const code = await gateway.mint("phone");
    const statuses: number[] = [];
    for (let count = 0; count < 6; count += 1) statuses.push((await post(gateway.url, { code: `ZZZZ-ZZZ${count}` })).status);
    expect(statuses).toEqual([403, 403, 403, 403, 403, 429]);
    const locked = await post(gateway.url, { code });
    expect([locked.status, Number(locked.headers.get("retry-after"))]).toEqual([429, 3_600]);
    expect((await gateway.ask("GET /asks")).status).toBe(200);
    expect(await gateway.runtime.tokens.list()).toHaveLength(1);
  });

  it("says so with 403 where a token has got the name meanwhile, and takes the code once that is revoked", async () => {
    const gateway = await openListening();
    const code = await gateway.mint("phone");
    await gateway.runtime.tokens.add("phone", ["read"]);
    const taken = await post(gateway.url, { code });
    expect([taken.status, await taken.json()]).toEqual([403, { error: expect.objectContaining({ code: "auth.forbidden", message: expect.stringContaining("omni tokens revoke phone") as string }) as object }]);
    await gateway.runtime.tokens.revoke("phone");
    expect((await post(gateway.url, { code })).status).toBe(200);
  });

  it("makes no code, for nobody", async () => {
    const gateway = await openListening();
    for (const line of ["GET /pair", "PUT /pair", "POST /pair/new"]) expect([404, 405]).toContain((await gateway.ask(line, { transport: "socket" })).status);
  });

  it.each([[{}], [{ code: 7 }], [[]], [{ code: null }]])("refuses %j without counting it", async (body) => {
    const { ask, runtime } = await openGateway();
    expect((await ask("POST /pair", { body, token: "" })).status).toBe(400);
    expect(await runtime.store.listDocuments("pairing-address")).toEqual([]);
  });

  it("reads no more than a code needs", async () => {
    const { ask } = await openGateway();
    expect((await ask("POST /pair", { body: { code: "x".repeat(2_000) }, token: "" })).status).toBe(413);
  });
});
