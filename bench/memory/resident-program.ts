import { dirname } from "node:path";
import { createHost } from "@omni/runtime";
import { createSqliteMemory, sqliteMemoryOptions } from "@omni/memory-sqlite";
import { createRandom } from "./create-random.ts";
import { createCheapEmbedder, scope, toSentence } from "./speed-world.ts";

// A process that opens the memory at a path, recalls from it, and prints how many resident bytes that took.
const [path = "", hasVectors] = process.argv.slice(2);
const recalls = 350;
const state = dirname(path);
const system = createHost({ paths: { home: dirname(state), state, workspace: state } });
const host = hasVectors === "true" ? { ...system, embedder: createCheapEmbedder() } : system;
const random = createRandom(11);
globalThis.gc?.();
const before = process.memoryUsage().rss;
const memory = createSqliteMemory(sqliteMemoryOptions.parse({}), host);
for (let index = 0; index < recalls; index++) await memory.recall(toSentence(random, 6), { scopes: [scope], limit: 5 });
globalThis.gc?.();
console.log(process.memoryUsage().rss - before);
await memory.close();
await system.close();
