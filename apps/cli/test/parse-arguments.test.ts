import { describe, expect, test } from "vitest";
import fc from "fast-check";
import { isOmniError } from "@omni/core";
import type { CommandSpec } from "../src/command-spec.ts";
import { commands } from "../src/command-table.ts";
import { parseArguments } from "../src/parse-arguments.ts";

const spec: CommandSpec = {
  name: "probe",
  operands: "WORDS",
  count: [1, 3],
  about: "A command for tests",
  flags: {
    session: { type: "text", value: "ID", about: "a text" },
    level: { type: "text", value: "LEVEL", about: "one of three", choices: ["low", "high"] },
    rounds: { type: "whole", value: "N", about: "a whole number", least: 1, most: 100 },
    timeout: { type: "number", value: "S", about: "a number", least: 0.001 },
    quiet: { type: "switch", about: "a switch" },
  },
  examples: [],
  load: () => Promise.reject(new Error("not loaded here")),
};

const fault = async (given: readonly string[]): Promise<string> => {
  try {
    await parseArguments(spec, given);
  } catch (error) {
    if (isOmniError(error) && error.code === "usage.invalid") return error.message;
    throw error;
  }
  return "";
};

describe("parseArguments", () => {
  test("reads texts, numbers, switches and operands in any order", async () => {
    const call = await parseArguments(spec, ["one", "--session", "a:b", "--rounds=7", "two", "--quiet", "--timeout", "0.5"]);
    expect([call.operands, call.text("session"), call.number("rounds"), call.has("quiet"), call.number("timeout")]).toEqual([["one", "two"], "a:b", 7, true, 0.5]);
    expect([call.text("level"), call.has("json"), call.number("session")]).toEqual([undefined, false, undefined]);
  });

  test("takes everything after -- as it stands, and - as an operand", async () => {
    expect((await parseArguments(spec, ["-", "--", "--quiet", "-x"])).operands).toEqual(["-", "--quiet", "-x"]);
  });

  test("names the nearest flag for one it does not know", async () => {
    expect(await fault(["x", "--sesion", "y"])).toContain("did you mean --session?");
    expect(await fault(["x", "-z"])).toContain("no flag -z");
  });

  test.each([
    [["x", "--session"], "needs a value"],
    [["x", "--session", "--quiet"], "written --session=--quiet"],
    [["x", "--session="], "needs a value"],
    [["x", "--quiet=yes"], "takes no value"],
    [["x", "--level", "middle"], "one of low, high"],
    [["x", "--rounds", "0"], "from 1 to 100"],
    [["x", "--rounds", "1.5"], "whole number"],
    [["x", "--rounds", "1e400"], "whole number"],
    [["x", "--timeout", "soon"], "of at least 0.001"],
    [[], "omething is missing"],
    [["1", "2", "3", "4"], "one argument too many"],
    [["x", "--constructor", "y"], "no flag --constructor"],
    [["x", "--__proto__", "y"], "no flag --__proto__"],
  ])("refuses %j saying %j", async (given, words) => {
    expect(await fault(given)).toContain(words);
  });

  test("does not count operands when only help is asked for", async () => {
    expect((await parseArguments(spec, ["--help"])).has("help")).toBe(true);
    expect((await parseArguments(spec, ["-h"])).has("help")).toBe(true);
  });

  test("returns what was written, for any values", async () => {
    const text = fc.string({ minLength: 1 }).filter((each) => each !== "");
    await fc.assert(
      fc.asyncProperty(text, fc.integer({ min: 1, max: 100 }), fc.array(fc.string(), { minLength: 1, maxLength: 3 }), async (session, rounds, operands) => {
        const call = await parseArguments(spec, [`--session=${session}`, `--rounds=${rounds}`, "--", ...operands]);
        expect([call.text("session"), call.number("rounds"), call.operands]).toEqual([session, rounds, operands]);
      }),
    );
  });

  test("throws nothing but usage.invalid, for any arguments and any command", async () => {
    const words = fc.constantFrom("--", "-", "--json", "--home", "--session", "--rounds=3", "--no-quiet", "-h", "--help=x", "-xyz", "x");
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(spec, ...commands), fc.array(fc.oneof(words, fc.string()), { maxLength: 6 }), async (any, given) => {
        try {
          await parseArguments(any, given);
        } catch (error) {
          expect(isOmniError(error) && error.code).toBe("usage.invalid");
        }
      }),
      { numRuns: 500 },
    );
  });
});
