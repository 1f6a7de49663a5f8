import type { Hook, OmniModule } from "@omni/core";

/** Writes every call and its end into the log, and changes nothing. */
export const omni: OmniModule<"hook"> = {
  slot: "hook",
  name: "count-calls",
  contract: 1,
  options: { jsonSchema: { type: "object" }, parse: (value) => value },
  create(_options, host): Hook {
    let calls = 0;
    return {
      async toolCall(call, { turnId }) {
        calls += 1;
        host.log.info("a tool is called", { turnId, tool: call.name, calls });
        return undefined;
      },
      async toolResult({ name, result }, { turnId }) {
        host.log.info("a tool has ended", { turnId, tool: name, isError: result.isError ?? false });
        return undefined;
      },
    };
  },
};
