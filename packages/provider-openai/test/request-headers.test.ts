import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { collect, createHarness, toRequest } from "./endpoint-harness.ts";

const connection = ["host", "connection", "content-length", "accept-encoding", "accept-language", "sec-fetch-mode", "transfer-encoding"];

function toSent(headers: Readonly<Record<string, string>> | undefined): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(headers ?? {}).filter(([name]) => !connection.includes(name)));
}

describe("what is sent besides the body", () => {
  it("is the key, the organization and the given headers, and nothing of the machine", async () => {
    const { server, provider } = await createHarness({ script: [{ text: "hi" }], with: { apiKey: "sk-test", organization: "org", headers: { "X-Team": "a", "User-Agent": "mine" } } });
    await collect(provider, toRequest("hi"));
    expect(toSent(server.chats[0]?.headers)).toEqual({ accept: "text/event-stream, application/json", "content-type": "application/json", authorization: "Bearer sk-test", "openai-organization": "org", "x-team": "a", "user-agent": "mine" });
  });

  it("has no authorization without a key, whatever the environment holds", async () => {
    const names = ["OPENAI_API_KEY", "OPENAI_ADMIN_KEY", "OPENAI_ORG_ID", "OPENAI_PROJECT_ID", "OPENAI_BASE_URL", "OPENAI_WEBHOOK_SECRET", "OPENAI_LOG"];
    const before = names.map((name) => [name, process.env[name]] as const);
    for (const name of names) process.env[name] = name === "OPENAI_BASE_URL" ? "http://127.0.0.1:1/leak" : `leak-${name}`;
    process.env["OPENAI_CUSTOM_HEADERS"] = "x-leak: yes";
    try {
      const { server, provider } = await createHarness({ script: [{ text: "hi" }], with: { model: "" } });
      expect((await collect(provider, toRequest("hi"))).error).toBeUndefined();
      expect(server.requests.map((request) => toSent(request.headers))).toEqual([
        { accept: "application/json", "user-agent": "omni" },
        { accept: "text/event-stream, application/json", "content-type": "application/json", "user-agent": "omni" },
      ]);
    } finally {
      delete process.env["OPENAI_CUSTOM_HEADERS"];
      for (const [name, value] of before) {
        if (value === undefined) delete process.env[name];
        else process.env[name] = value;
      }
    }
  });

  it("keeps the key and header values out of every message and every log line", async () => {
    const { provider, host } = await createHarness({ script: () => ({ status: 500, error: { message: "You sent sk-very-secret and header-secret" } }), with: { apiKey: "sk-very-secret", headers: { "x-key": "header-secret" } } });
    const { error } = await collect(provider, toRequest("hi"));
    expect(error).toMatchObject({ message: expect.stringContaining("You sent [redacted] and [redacted]") });
    expect(JSON.stringify(host.log.lines)).not.toContain("secret");
  });
});

describe("importing the package", () => {
  it("does not import the vendor's", async () => {
    const source = `import { createOpenAIProvider, omni } from ${JSON.stringify(new URL("../src/index.ts", import.meta.url).href)};
      omni.create(omni.options.parse({}), { egress: { configured: () => fetch }, secrets: { register() {}, redact: (text) => text }, clock: {} });
      console.log(typeof createOpenAIProvider);`;
    const hooks = `import { registerHooks } from "node:module"; registerHooks({ resolve(specifier, context, next) { if (specifier === "openai") throw new Error("imported openai"); return next(specifier, context); } });`;
    const { stdout } = await promisify(execFile)(process.execPath, ["--conditions=@omni/source", "--no-warnings", "--import", `data:text/javascript,${encodeURIComponent(hooks)}`, "--input-type=module", "--eval", source]);
    expect(stdout).toBe("function\n");
  });
});
