export type { AgentParts, Answer, EarlierTurn, RegisteredTool, Steering, ToolSource } from "./parts.ts";
export { runTurn } from "./run-turn.ts";
export { toEffect } from "./effect.ts";
export { toLostResults } from "./abandoned-calls.ts";
export { toBudget } from "./budget.ts";
export { toNearest } from "./nearest.ts";
export { toCanonicalJson } from "./canonical-json.ts";
export { toRounds } from "./transcript.ts";
export { unframe } from "./result-text.ts";
