import { describe, expect, it } from "vitest";
import { createMapStore } from "@omni/testkit/fakes";
import { createConversations } from "../src/conversations.ts";

describe("createConversations", () => {
  it("leaves a conversation in its own session until it is sent elsewhere, and brings it back", async () => {
    const conversations = createConversations(createMapStore());
    expect(await conversations.of("a")).toEqual({ sessionId: "a" });
    await conversations.moveTo("a", "b");
    expect(await conversations.of("a")).toEqual({ sessionId: "b" });
    await conversations.moveTo("a", "a");
    expect(await conversations.of("a")).toEqual({ sessionId: "a" });
  });

  it("tells what was chosen for the session a conversation is in, and not for the one it left", async () => {
    const conversations = createConversations(createMapStore());
    await conversations.chooseModel("a", "small");
    await conversations.chooseMode("b", "collect");
    await conversations.moveTo("a", "b");
    await conversations.moveTo("b", "c");
    expect(await conversations.of("a")).toEqual({ sessionId: "b", mode: "collect" });
    expect(await conversations.chosenFor("a")).toEqual({ model: "small" });
    expect(await conversations.chosenFor("b")).toEqual({ mode: "collect" });
  });

  it("keeps each choice when another is made, also at the same time, and takes one back alone", async () => {
    const conversations = createConversations(createMapStore());
    await Promise.all([conversations.chooseModel("a", "small"), conversations.chooseMode("a", "steer"), conversations.moveTo("a", "b")]);
    expect([await conversations.of("a"), await conversations.chosenFor("a")]).toEqual([{ sessionId: "b" }, { model: "small", mode: "steer" }]);
    await conversations.chooseModel("a", undefined);
    expect(await conversations.chosenFor("a")).toEqual({ mode: "steer" });
  });

  it("forgets all of a session, and takes what it cannot read for nothing chosen", async () => {
    const store = createMapStore();
    const conversations = createConversations(store);
    await conversations.chooseModel("a", "small");
    await conversations.moveTo("a", "b");
    await conversations.forget("a");
    expect(await store.listDocuments("conversation")).toEqual([]);
    for (const value of ["small", null, ["a"], { model: 7, mode: "soon", movedTo: {} }]) {
      await store.putDocument("conversation", "a", value);
      expect(await conversations.of("a")).toEqual({ sessionId: "a" });
    }
  });
});
