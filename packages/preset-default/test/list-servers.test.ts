import { describe, expect, it } from "vitest";
import type { ReadServersContext } from "@omni/runtime";
import { loadServerFiles } from "../src/server-files.ts";

const context: ReadServersContext = {
  path: "/home/mcp.json",
  origin: "home",
  env: {},
  taken: ["files"],
  expand: (value) => ({ value, missing: JSON.stringify(value).includes("${GONE}") ? ["GONE"] : [] }),
};

describe("the files of servers", () => {
  it("list every entry with its state, without what is secret", async () => {
    const { list } = await loadServerFiles();
    const { servers, problem } = await list(
      JSON.stringify({
        mcpServers: {
          files: { command: "npx", args: ["--token", "planted-1"], env: { KEY: "planted-2" }, trusted: true },
          off: { url: "http://127.0.0.1:1/mcp", headers: { Authorization: "planted-3" }, disabled: true },
          lacking: { command: "x", env: { A: "${GONE}" } },
          odd: { command: 7 },
        },
      }),
      context,
    );
    expect(problem).toBeUndefined();
    const shown = servers.map(({ options: _options, choice: _choice, ...rest }) => rest);
    expect(JSON.stringify(shown)).not.toContain("planted");
    expect(shown).toEqual([
      { name: "files", owner: "mcp-files", state: "enabled", transport: "stdio", target: "npx --token [hidden]", trusted: true, env: ["KEY"], headers: [], faults: [], secrets: ["env.KEY", "args[1]"] },
      { name: "off", state: "disabled", transport: "http", target: "http://127.0.0.1:1/mcp", trusted: false, env: [], headers: ["Authorization"], faults: [], secrets: ["headers.Authorization"] },
      { name: "lacking", state: "broken", transport: "stdio", target: "x", trusted: false, env: ["A"], headers: [], faults: [expect.stringContaining("set GONE")], secrets: [] },
      { name: "odd", state: "broken", target: "", trusted: false, env: [], headers: [], faults: [expect.stringMatching(/^\/home\/mcp\.json:\d+:\d+: .*command/)], secrets: [] },
    ]);
  });

  it("say why a whole file cannot be read, and judge a definition before it is written", async () => {
    const files = await loadServerFiles();
    expect((await files.list("{", context)).problem).toMatch(/^\/home\/mcp\.json:1:2: /);
    expect(files.check({ command: "x", url: "http://a" }).faults).toEqual([expect.stringContaining("found both")]);
    expect(files.check({ command: "x", env: { KEY: "abc" } })).toEqual({ faults: [], secrets: ["env.KEY"] });
    expect(files.toOwnerRemark("a b")).toContain("a-b.*");
    expect(files.toOwnerRemark("ab")).toBeUndefined();
    expect(JSON.parse(files.edit("", "m", "a", { command: "x" }))).toEqual({ mcpServers: { a: { command: "x" } } });
  });
});
