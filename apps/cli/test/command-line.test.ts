import { describe, expect, test } from "vitest";
import fc from "fast-check";
import { isOmniError } from "@omni/core";
import { chooseCommand, runCommandLine, wantsJson } from "../src/command-line.ts";
import { commands } from "../src/command-table.ts";
import { createFakeTerminal } from "./fake-terminal.ts";

const nameOf = async (given: readonly string[]): Promise<string> => {
  const choice = await chooseCommand(given);
  return choice.kind === "command" ? `${choice.spec.name} | ${choice.rest.join(" ")}` : choice.kind;
};

describe("chooseCommand", () => {
  test("finds commands of one word and of two, with flags before and between", async () => {
    expect(await nameOf(["run", "hi"])).toBe("run | hi");
    expect(await nameOf(["--home", "x", "--json", "run", "hi"])).toBe("run | --home x --json hi");
    expect(await nameOf(["sessions", "--json", "show", "a:b"])).toBe("sessions show | --json a:b");
  });

  test("finds a command whose word also begins the names of others", async () => {
    expect(await nameOf(["mcp"])).toBe("mcp | ");
    expect(await nameOf(["mcp", "--http", "0"])).toBe("mcp | --http 0");
    expect(await nameOf(["mcp", "--json", "servers", "list"])).toBe("mcp servers | --json list");
  });

  test("takes run --gateway for gateway, but not after --", async () => {
    expect(await nameOf(["run", "--gateway", "--port", "0"])).toBe("gateway | --port 0");
    expect(await nameOf(["run", "--", "--gateway"])).toBe("run | -- --gateway");
  });

  test.each([
    ["rum", "omni run?"],
    ["sesions", "omni sessions?"],
    ["zzzzzz", "there are run, agent, stdio, gateway, doctor, status, sessions, memory, state, tools, mcp, config, tokens, pair, routes, new"],
  ])("names the nearest command for %j", async (word, hint) => {
    await expect(chooseCommand([word])).rejects.toThrow(hint);
  });

  test("names the nearest second word", async () => {
    await expect(chooseCommand(["sessions", "lst"])).rejects.toThrow("did you mean omni sessions list?");
  });

  test("throws nothing but usage.invalid, whatever it is given", async () => {
    const words = fc.constantFrom("run", "sessions", "tools", "help", "--help", "--home", "--version", "--", "-");
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(words, fc.string()), { maxLength: 5 }), async (given) => {
        try {
          await chooseCommand(given);
        } catch (error) {
          expect(isOmniError(error) && error.code).toBe("usage.invalid");
        }
      }),
    );
  });
});

describe("runCommandLine", () => {
  test("answers --version, --help and help with 0 on stdout", async () => {
    const version = createFakeTerminal({ arguments: ["-v"] });
    expect([await runCommandLine(version, "1.2.3"), version.out()]).toEqual([0, "1.2.3\n"]);
    const help = createFakeTerminal({ arguments: ["--help"] });
    expect(await runCommandLine(help, "1.2.3")).toBe(0);
    for (const spec of commands) expect(help.out()).toContain(`omni ${spec.name}`);
  });

  test.each(commands.map((spec) => [spec.name, spec] as const))("shows help on %s with every flag and an example", async (name, spec) => {
    const terminal = createFakeTerminal({ arguments: [...name.split(" "), "--help"] });
    expect(await runCommandLine(terminal, "1.2.3")).toBe(0);
    for (const flag of [...Object.keys(spec.flags), "home", "json", "help"]) expect(terminal.out()).toContain(`--${flag}`);
    for (const [line] of spec.examples) expect(terminal.out()).toContain(line);
    expect(spec.examples.length).toBeGreaterThan(0);
    expect(terminal.err()).toBe("");
  });

  test("ends with 2 and one line on stderr for a wrong command line", async () => {
    const terminal = createFakeTerminal({ arguments: ["rnu", "x"] });
    expect(await runCommandLine(terminal, "1.2.3")).toBe(2);
    expect(terminal.err()).toMatch(/^omni: usage\.invalid: .*did you mean omni run\?.*\n$/);
    expect(terminal.out()).toBe("");
  });

  test("adds the error object on stdout with --json", async () => {
    const terminal = createFakeTerminal({ arguments: ["run", "x", "--json", "--nope"] });
    expect(await runCommandLine(terminal, "1.2.3")).toBe(2);
    expect(JSON.parse(terminal.out())).toEqual({ error: { code: "usage.invalid", message: expect.stringContaining("--nope") } });
  });

  test("shows help on stderr and ends with 2 when no command is given", async () => {
    const terminal = createFakeTerminal({ arguments: [] });
    expect(await runCommandLine(terminal, "1.2.3")).toBe(2);
    expect(terminal.err()).toContain("omni run");
  });

  test("looks for --json before -- only", () => {
    expect([wantsJson(["run", "--json"]), wantsJson(["run", "--", "--json"])]).toEqual([true, false]);
  });
});
