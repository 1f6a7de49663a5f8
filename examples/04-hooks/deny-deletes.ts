import type { Hook, OmniModule } from "@omni/core";

/** Refuses to empty a file, whatever the policy says: the model reads the reason as the call's result. */
function createDenyingHook(): Hook {
  return {
    async toolCall(call) {
      if (call.name !== "files.write" || call.arguments["content"] !== "") return undefined;
      return { veto: "a file is not emptied here; say what should stand in it" };
    },
  };
}

/** A hook that denies. */
export const omni: OmniModule<"hook"> = { slot: "hook", name: "deny-deletes", contract: 1, options: { jsonSchema: { type: "object" }, parse: (value) => value }, create: createDenyingHook };
