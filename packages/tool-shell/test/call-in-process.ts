import type { JsonObject } from "@omni/core";
import type { ShellToolOptions } from "../src/index.ts";
import { createShellPlace } from "./shell-place.ts";

// Makes one call in a process of its own and prints what it took; the test may kill it meanwhile.
const input = JSON.parse(process.argv[2] ?? "{}") as JsonObject;
const place = await createShellPlace(JSON.parse(process.argv[3] ?? "{}") as Partial<ShellToolOptions>);
process.stdout.write(`${JSON.stringify({ workspace: place.workspace })}\n`);
// What the first call loads is not what the output takes.
await place.call({ command: "seq 1 100000 | tail -n 1" });
const before = process.resourceUsage().maxRSS;
const result = await place.call(input);
const text = result.content.map((block) => (block.type === "text" ? block.text : "")).join("");
process.stdout.write(`${JSON.stringify({ grownKib: process.resourceUsage().maxRSS - before, length: text.length, end: text.slice(-300), facts: result.structuredContent })}\n`);
await place.dispose();
