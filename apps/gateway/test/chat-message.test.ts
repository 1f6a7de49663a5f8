import { describe, expect, it } from "vitest";
import type { ImageContent } from "@omni/core";
import type { ChatMessage } from "../src/openai/chat-request.ts";
import { toTold } from "../src/openai/chat-message.ts";

const toMessage = (role: ChatMessage["role"], text: string, ...images: readonly ImageContent[]): ChatMessage => ({ role, text, images });
const toPicture = (data: string): ImageContent => ({ type: "image", mimeType: "image/png", data });

const system = toMessage("system", "Speak French.");
const hi = toMessage("user", "hi");
const answer = toMessage("assistant", "Salut.");
const next = toMessage("user", "and you?");

const instructed = "Instructions that come with this conversation:\n\nSpeak French.";

function tell(messages: readonly ChatMessage[], meeting: Partial<Parameters<typeof toTold>[1]> = {}): ReturnType<typeof toTold> {
  return toTold({ model: "omni", messages, isStream: false, includesUsage: false, user: undefined }, { isNew: false, isCall: false, ...meeting });
}

describe("what a session is told", () => {
  it("is all of the conversation where the session is new", () => {
    expect(tell([system, hi, answer, next], { isNew: true })).toEqual({ text: `${instructed}\n\nThe conversation so far:\n\nPerson: hi\n\nAssistant: Salut.\n\nNow the person says:\n\nand you?` });
  });

  it("is what came since the last answer where it has turns", () => {
    expect(tell([system, hi, answer, next])).toEqual({ text: "and you?" });
    expect(tell([hi, answer, next, toMessage("user", " "), toMessage("user", "well?")])).toEqual({ text: "and you?\n\nwell?" });
    expect(tell([hi, answer, next, toMessage("system", "Be short."), toMessage("user", "well?")])).toEqual({ text: "Instructions that come with this conversation:\n\nBe short.\n\nNow the person says:\n\nand you?\n\nwell?" });
  });

  it("has the instructions where a conversation begins in a session that has turns", () => {
    expect(tell([system, hi])).toEqual({ text: `${instructed}\n\nNow the person says:\n\nhi` });
    expect(tell([system, answer, hi])).toEqual({ text: `${instructed}\n\nThe conversation so far:\n\nAssistant: Salut.\n\nNow the person says:\n\nhi` });
    expect(tell([hi])).toEqual({ text: "hi" });
  });

  it("is a command or an exact call alone, whatever stands around it", () => {
    const call = toMessage("user", "/tools", toPicture("c"));
    for (const isNew of [true, false]) expect(tell([system, toMessage("user", "hi", toPicture("a")), answer, next, call], { isNew, isCall: true })).toEqual({ text: "/tools", attachments: [toPicture("c")] });
  });

  it("brings earlier pictures along, in their order, and says where each one was", () => {
    const messages = [toMessage("user", "", toPicture("a")), answer, toMessage("user", "this one?", toPicture("b")), answer, toMessage("user", "", toPicture("c"))];
    expect(tell(messages, { isNew: true })).toEqual({
      text: "The conversation so far:\n\nPerson: [picture]\n\nAssistant: Salut.\n\nPerson: [picture] this one?\n\nAssistant: Salut.\n\nNow the person says:\n\n[picture]",
      attachments: [toPicture("a"), toPicture("b"), toPicture("c")],
    });
    expect(tell(messages)).toEqual({ text: "", attachments: [toPicture("c")] });
  });

  it("leaves out the oldest pictures where there are many, and none of the newest words", () => {
    const pictures = ["a", "b", "c", "d", "e"].map(toPicture);
    const earlier = [toMessage("user", "some", ...pictures), answer];
    expect(tell([...earlier, toMessage("user", "and?", toPicture("f"))], { isNew: true })).toEqual({
      text: `The conversation so far:\n\nPerson: ${"[a picture that is not shown] ".repeat(2)}${"[picture] ".repeat(3)}some\n\nAssistant: Salut.\n\nNow the person says:\n\n[picture] and?`,
      attachments: ["c", "d", "e", "f"].map(toPicture),
    });
    expect(tell([...earlier, toMessage("user", "these?", ...pictures)], { isNew: true }).attachments).toEqual(pictures);
  });

  it("is nothing where the person says nothing, whatever instructions come with that", () => {
    expect(tell([system, toMessage("user", " ")], { isNew: true })).toEqual({ text: "" });
  });
});
