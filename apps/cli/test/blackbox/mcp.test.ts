import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { FakeOpenAI } from "@omni/testkit/fakes";
import { callReply, createFakeOpenAI, textReply } from "@omni/testkit/fakes";
import type { Place } from "./omni-process.ts";
import { createPlace, omni, startGateway, toJson } from "./omni-process.ts";

let model: FakeOpenAI;
beforeAll(async () => {
  model = await createFakeOpenAI();
});
afterAll(() => model.close());

const server = (name: string): string => fileURLToPath(new URL(`../../../../packages/tool-mcp/node_modules/@modelcontextprotocol/${name}/dist/index.js`, import.meta.url));

/** A place with two real servers that both offer files, one that cannot start, and one whose name a native toolset has. */
async function createServerPlace(): Promise<Place> {
  const place = await createPlace({ "a.txt": "alpha\n" }, { OPENAI_BASE_URL: model.url });
  await place.configure({ policy: { use: "workspace", with: { autonomy: "full" } }, workspace: place.workspace });
  const files = { command: process.execPath, args: [server("server-filesystem"), place.workspace] };
  await writeFile(join(place.home, "mcp.json"), JSON.stringify({ mcpServers: { everything: { command: process.execPath, args: [server("server-everything")] }, files, gone: { command: join(place.root, "no-such-program") } } }));
  return place;
}

describe("the servers of mcp.json", () => {
  it("do their part of a task, each reached by its own name, and one that cannot start costs its own tools only", async () => {
    const place = await createServerPlace();
    model.script([
      callReply([{ name: "everything.get-sum", arguments: { a: 19, b: 23 } }, { name: "mcp-files.read_text_file", arguments: { path: join(place.workspace, "a.txt") } }, { name: "files.read", arguments: { path: "a.txt" } }]),
      textReply("all read"),
    ]);
    try {
      const done = toJson(await omni(place, ["run", "--json", "do it"]));
      expect(done).toMatchObject({ status: "completed", output: "all read", toolCalls: [{ status: "completed" }, { status: "completed" }, { status: "completed" }] });
      const shown = JSON.stringify(model.chats.at(-1)?.body);
      expect(shown).toContain("42");
      expect(shown).toContain("untrusted source=");
      const offered = JSON.stringify(model.chats.at(-1)?.body["tools"]);
      expect(offered).toContain("everything__get-sum");
      expect(offered).not.toContain("gone__");
    } finally {
      await place.dispose();
    }
  });

  it("start once for all turns of a gateway, and are gone with it", async () => {
    const place = await createServerPlace();
    model.script({ "*": [callReply([{ name: "everything.echo", arguments: { message: "one" } }]), textReply("first"), callReply([{ name: "everything.echo", arguments: { message: "two" } }]), textReply("second")] });
    const gateway = await startGateway(place);
    try {
      for (const output of ["first", "second"]) expect(await (await gateway.post("/message", { message: "echo it" })).json()).toMatchObject({ output, tool_calls: [{ name: "everything.echo", status: "completed" }] });
    } finally {
      expect((await gateway.stop()).code).toBe(0);
      await place.dispose();
    }
  });

  it("are those of the file a flag names, and a file that is not there is refused", async () => {
    const place = await createServerPlace();
    try {
      await writeFile(join(place.root, "none.json"), '{ "mcpServers": {} }');
      const { tools } = toJson<{ tools: { name: string }[] }>(await omni(place, ["tools", "list", "--json", "--mcp-config", join(place.root, "none.json")]));
      expect(tools.map((tool) => tool.name)).not.toContain("everything.echo");
      expect(await omni(place, ["tools", "list", "--mcp-config", join(place.root, "not.json")])).toMatchObject({ code: 2, stderr: expect.stringContaining("not.json") });
    } finally {
      await place.dispose();
    }
  });
});
