import { afterEach, expect, it } from "vitest";
import type { RuntimeHarness } from "./runtime-harness.ts";
import { createRuntimeHarness } from "./runtime-harness.ts";

let harness: RuntimeHarness | undefined;
afterEach(() => harness?.dispose());

it("counts the tokens of each turn by itself, also of turns that run at once", async () => {
  const bothAsked = Promise.withResolvers<void>();
  let asked = 0;
  harness = await createRuntimeHarness({
    script: async (request) => {
      if ((asked += 1) === 2) bothAsked.resolve();
      await bothAsked.promise;
      const isLarge = JSON.stringify(request.messages).includes("large");
      return { text: "done", usage: isLarge ? { inputTokens: 5_000, outputTokens: 700 } : { inputTokens: 50, outputTokens: 7 } };
    },
  });
  const runtime = await harness.open();
  const [small, large] = await Promise.all([runtime.submit(harness.message("small", { sessionId: "test:small" })), runtime.submit(harness.message("large", { sessionId: "test:large" }))]);
  expect((await small.outcome).usage).toMatchObject({ inputTokens: 50, outputTokens: 7 });
  expect((await large.outcome).usage).toMatchObject({ inputTokens: 5_000, outputTokens: 700 });
});
