import { expect, test } from "vitest";
import { toRepeated } from "../src/commands/mcp/repeated-flag.ts";

test("every value of a flag is read in order, in both forms, and nothing behind the end of the flags", () => {
  const given = ["mcp", "servers", "add", "--env", "A=1", "x", "--env=B=--env", "--envy", "C=1", "--env", "--", "--env", "D=1", "--env=E=1"];
  expect(toRepeated(given, "env")).toEqual(["A=1", "B=--env"]);
  expect(toRepeated([], "env")).toEqual([]);
});
