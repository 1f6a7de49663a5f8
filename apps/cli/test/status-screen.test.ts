import { describe, expect, test } from "vitest";
import type { Status } from "../src/commands/status.ts";
import { toStatusScreen } from "../src/render/status-screen.ts";
import { toStyle } from "../src/render/style.ts";
import { widthOf } from "../src/render/text-width.ts";

const status: Status = {
  version: "1.2.3",
  home: "/home/person/.omni",
  gateway: { running: true, pid: 7, url: "http://127.0.0.1:7777", since: "2026-01-01T00:00:00.000Z", version: "1.2.2" },
  model: { provider: "inferred", id: "some-model", contextTokens: 8_192, inferredFrom: "http://127.0.0.1:1/v1" },
  memory: false,
  window: "ring",
  policy: { use: "own" },
  boundary: "none",
  workspace: "/work/\u001b[31mred\u202e",
  channels: ["one", "two"],
  servers: [],
  record: { sessions: 3, openTurns: 1, openAsks: 1 },
  warnings: ["the first\nof two", "second"],
};
const plain = toStyle({ isTerminal: false, columns: undefined }, {});

describe("the screen of omni status", () => {
  test("has a line for each thing, whole in a pipe, and harmless", () => {
    expect(toStatusScreen(status, plain).split("\n")).toEqual([
      "omni       1.2.3",
      "home       /home/person/.omni",
      "gateway    http://127.0.0.1:7777, pid 7, since 2026-01-01T00:00:00.000Z, version 1.2.2",
      "model      some-model of provider inferred, 8192 tokens of context, found at http://127.0.0.1:1/v1, beside a server of mcp.json",
      "memory     off",
      "window     ring",
      "policy     own",
      "boundary   none: nothing contains programs that are run",
      "workspace  /work/red\\u202e",
      "channels   2: one, two",
      "servers    none",
      "sessions   3",
      "open       1 turn, 1 ask waits for a person",
      "warning    the first of two",
      "warning    second",
      "",
    ]);
  });

  test("fits the width of a terminal", () => {
    for (const columns of [12, 20, 40]) {
      for (const line of toStatusScreen(status, { ...plain, columns }).split("\n")) expect(widthOf(line)).toBeLessThanOrEqual(columns);
    }
  });

  test("says what could not be found out", () => {
    const screen = toStatusScreen({ ...status, gateway: { running: true }, model: { provider: "x", problem: "it is silent" }, record: { sessions: 0, openTurns: 0, openAsks: 0, problem: "damaged" } }, plain);
    expect(screen).toContain("gateway    one runs\n");
    expect(screen).toContain("model      unknown of provider x, it is silent\n");
    expect(screen).toContain("sessions   unknown, damaged\n");
  });
});
