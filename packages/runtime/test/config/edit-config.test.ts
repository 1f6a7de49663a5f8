import { describe, expect, it } from "vitest";
import { editConfigText, toPlace } from "../../src/config/edit-config.ts";

const text = `{
  // how long
  "agent": { "maxRounds": 30 }, /* and where */
  "tools": { "files": {} }
}
`;

describe("editing a configuration", () => {
  it("changes one value and keeps every comment", async () => {
    expect(await editConfigText(text, ["agent", "maxRounds"], 5)).toBe(text.replace("30", "5"));
  });

  it("adds what is not there, and takes it away again", async () => {
    const added = await editConfigText(text, ["provider"], { use: "x" });
    expect(added).toContain("// how long");
    expect(JSON.parse(added.replace(/\/\/.*|\/\*.*?\*\//g, ""))).toMatchObject({ provider: { use: "x" }, agent: { maxRounds: 30 } });
    const removed = await editConfigText(added, ["provider"], undefined);
    expect(removed).not.toContain("provider");
    expect(removed).toContain("/* and where */");
  });

  it("makes a new file out of nothing", async () => {
    expect(JSON.parse(await editConfigText("", ["agent", "maxRounds"], 5))).toEqual({ agent: { maxRounds: 5 } });
  });

  it("refuses what does not fit or is not known, and a text that is broken", async () => {
    await expect(editConfigText(text, ["agent", "maxRounds"], "x")).rejects.toThrow("agent.maxRounds: expected a whole number of at least 1");
    await expect(editConfigText(text, ["agent", "maxRound"], 1)).rejects.toThrow('did you mean "maxRounds"?');
    await expect(editConfigText(text, ["agent", "maxRounds", "x"], 1)).rejects.toMatchObject({ code: "config.invalid" });
    await expect(editConfigText("{", ["agent"], {})).rejects.toMatchObject({ code: "config.invalid" });
    await expect(editConfigText(text, [], {})).rejects.toMatchObject({ code: "config.invalid" });
  });

  it("is not stopped by what was wrong elsewhere", async () => {
    expect(await editConfigText('{ "odd": 1, "agent": {} }', ["agent", "maxRounds"], 5)).toContain('"maxRounds": 5');
    expect(await editConfigText('{ "agent": { "maxRounds": "x" } }', ["agent", "maxRounds"], undefined)).not.toContain("maxRounds");
  });
});

describe("a place as text", () => {
  it("is split at dots and brackets, quotes aside", () => {
    expect([toPlace("agent.maxRounds"), toPlace("hooks[0].use"), toPlace('tools."my.tool".use'), toPlace('"a\\"b"')]).toEqual([["agent", "maxRounds"], ["hooks", 0, "use"], ["tools", "my.tool", "use"], ['a"b']]);
  });

  it("that is none is refused", () => {
    for (const broken of [".", "a..b", "a.", "a[x]", 'a"b', "[0"]) expect(() => toPlace(broken)).toThrow("is no path of a key");
  });
});
