import { mkdir, readFile, symlink } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { JsonObject } from "@omni/core";
import type { FakeOpenAI } from "@omni/testkit/fakes";
import { callReply, createFakeOpenAI, textReply } from "@omni/testkit/fakes";
import type { Place } from "./omni-process.ts";
import { shownOf } from "./fixtures/newest-request.ts";
import { createPlace, omni } from "./omni-process.ts";

let model: FakeOpenAI;
beforeAll(async () => {
  model = await createFakeOpenAI();
});
afterAll(() => model.close());

let place: Place;
beforeEach(async () => {
  place = await createPlace({ "a.txt": "KEYLESS a\n", ".env": "KEY=planted\n", ".git/hooks/x": "KEY=hook\n" }, { OPENAI_BASE_URL: model.url });
});
afterEach(() => place.dispose());

/** What an obedient model reads of these calls, made in a workspace by nobody who could be asked. */
async function resultsOf(calls: readonly (readonly [string, JsonObject])[], ...flags: readonly string[]): Promise<readonly string[]> {
  model.script([callReply(calls.map(([name, args]) => ({ name, arguments: args }))), textReply("done")]);
  const finished = await omni(place, ["run", ...flags, "look"]);
  expect(finished).toMatchObject({ code: 0 });
  return shownOf("tool", model);
}

describe.each(["readonly", "supervised", "full"])("at the autonomy %s", (autonomy) => {
  it("a search of a folder and a link read nothing that reading by name would ask about", async () => {
    await symlink(".env", join(place.workspace, "notes.txt"));
    await symlink(".git/hooks", join(place.workspace, "build"));
    const shown = await resultsOf([["files.grep", { pattern: "KEY" }], ["files.grep", { pattern: "KEY", glob: ".env" }], ["files.read", { path: "notes.txt" }], ["files.read", { path: ".env" }]], "--autonomy", autonomy);
    expect(shown[0]).toContain("a.txt:1: KEYLESS a");
    expect(shown[0]).toContain("[not searched, as a person is asked about each of them: .env");
    expect(shown[2]).toContain("leads to");
    for (const each of shown) expect(each).not.toContain("planted");
  });

  it("no link leads a write to what runs by itself", async () => {
    await symlink(".git/hooks", join(place.workspace, "build"));
    await resultsOf([["files.write", { path: "build/x", content: "owned" }], ["files.edit", { path: "build/x", old: "KEY=hook", new: "owned" }]], "--autonomy", autonomy);
    expect(await place.read(".git/hooks/x")).toBe("KEY=hook\n");
  });

  it("the home of the gateway in a workspace above it is neither read, searched, listed nor written, by no name", async () => {
    await place.configure({ policy: { use: "workspace", with: { allow: ["files.*"] } }, agent: { memoryScope: "session" } });
    await mkdir(join(place.root, "alias-of"));
    await symlink(place.home, join(place.root, "way"));
    await symlink(place.root, join(place.root, "alias-of", "root"));
    const before = await readFile(join(place.home, "omni.json"), "utf8");
    for (const workspace of [place.root, join(place.root, "alias-of", "root")]) {
      const shown = await resultsOf(
        [
          ["files.grep", { pattern: "memoryScope" }],
          ["files.grep", { pattern: "memoryScope", path: "way" }],
          ["files.read", { path: "way/omni.json" }],
          ["files.read", { path: "home/omni.json" }],
          ["files.glob", { pattern: "**/omni.json" }],
          ["files.list", { path: ".", depth: 5 }],
          ["files.write", { path: "way/omni.json", content: "{}" }],
        ],
        "--autonomy",
        autonomy,
        "--workspace",
        workspace,
      );
      for (const each of shown) expect(each).not.toMatch(/memoryScope":|omni\.json \(|^home\/omni\.json$/m);
      expect(await readFile(join(place.home, "omni.json"), "utf8")).toBe(before);
    }
  });
});
