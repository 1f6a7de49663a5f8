import type { OmniModule } from "@omni/core";

/** A tool that says how far it is and then waits to be stopped: what runs long, without a program that does. */
export const omni: OmniModule<"tool", object> = {
  slot: "tool",
  name: "suite",
  contract: 1,
  options: { jsonSchema: { type: "object" }, parse: () => ({}) },
  create: () => ({
    owner: "suite",
    trusted: true,
    tools: () => [
      {
        name: "suite.run",
        description: "Runs the tests of a folder.",
        inputSchema: { type: "object", properties: { folder: { type: "string" } }, required: ["folder"], additionalProperties: false },
        annotations: { readOnlyHint: true },
        execute(_, context) {
          context.progress("12 of 40 tests have passed");
          return new Promise((_resolve, reject) => {
            context.signal.addEventListener("abort", () => reject(new Error("stopped")), { once: true });
          });
        },
      },
    ],
    onChange: () => () => undefined,
    close: async () => undefined,
  }),
};
