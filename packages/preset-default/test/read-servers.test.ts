import { describe, expect, it } from "vitest";
import type { ReadServersContext } from "@omni/runtime";
import { readServers } from "../src/read-servers.ts";

const context = (more: Partial<ReadServersContext> = {}): ReadServersContext => ({
  path: "/home/mcp.json",
  origin: "home",
  env: { PATH: "/bin", OPENAI_API_KEY: "sk-secret" },
  taken: ["files"],
  expand: (value) => ({ value, missing: JSON.stringify(value).includes("${GONE}") ? ["GONE"] : [] }),
  ...more,
});
const file = (servers: object): string => JSON.stringify({ mcpServers: servers });

describe("readServers", () => {
  it("makes a choice of every server, under an owner of its own, with a harmless environment", async () => {
    const { choices, warnings } = await readServers(file({ one: { command: "npx", args: ["-y", "x"] }, files: { url: "http://127.0.0.1:1/mcp" } }), context());
    expect(choices["one"]).toMatchObject({ use: "mcp", with: { name: "one", command: "npx", args: ["-y", "x"], inheritedEnv: { PATH: "/bin" } } });
    expect(JSON.stringify(choices)).not.toContain("sk-secret");
    expect(choices["mcp-files"]).toMatchObject({ with: { name: "mcp-files", url: "http://127.0.0.1:1/mcp" } });
    expect(warnings).toEqual([expect.stringContaining("mcp-files.*")]);
  });

  it("leaves out what is disabled, silently, and what is broken or lacks a variable, with a warning", async () => {
    const { choices, warnings } = await readServers(file({ off: { command: "x", disabled: true }, lacking: { command: "x", env: { K: "${GONE}" } }, odd: { command: 7 } }), context());
    expect(choices).toEqual({});
    expect(warnings.join("\n")).toContain("GONE");
    expect(warnings.join("\n")).toContain("odd");
    expect(warnings.join("\n")).not.toContain("off");
  });

  it("says where a broken file is broken, and gives no server", async () => {
    const { choices, warnings } = await readServers('{\n "mcpServers": {', context());
    expect(choices).toEqual({});
    expect(warnings).toEqual([expect.stringMatching(/^\/home\/mcp\.json:2:\d+: /)]);
  });

  it("starts programs of a folder's own file in that folder", async () => {
    const { choices } = await readServers(file({ one: { command: "x" }, two: { command: "x", cwd: "sub" }, web: { url: "http://127.0.0.1:1" } }), context({ folder: "/project", origin: "workspace" }));
    expect(["one", "two", "web"].map((owner) => choices[owner]?.with["cwd"])).toEqual(["/project", "/project/sub", undefined]);
  });

  it("offers the origins of servers over HTTP as places of a model, where the environment names none", async () => {
    const text = file({ a: { command: "x" }, b: { url: "http://me:pw@127.0.0.1:1/mcp?key=1" }, off: { url: "http://127.0.0.1:2", disabled: true }, c: { type: "sse", url: "https://b.example/sse" }, d: { url: "http://127.0.0.1:1/other" } });
    const { provider } = await readServers(text, context({ env: {} }));
    expect(provider).toEqual({ use: "inferred", with: { addresses: ["http://127.0.0.1:1", "https://b.example"] } });
    for (const env of [{ OPENAI_API_KEY: "x" }, { OPENAI_BASE_URL: "http://x" }]) expect((await readServers(text, context({ env }))).provider).toBeUndefined();
    expect((await readServers(text, context({ env: { OPENAI_API_KEY: "" } }))).provider).toBeDefined();
    expect((await readServers(text, context({ env: {}, origin: "workspace" }))).provider).toBeUndefined();
    expect((await readServers(file({ a: { command: "x" } }), context({ env: {} }))).provider).toBeUndefined();
  });
});
