import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Memory } from "@omni/core";
import type { MemoryHome } from "./memory-home.ts";
import { createMemoryHome } from "./memory-home.ts";

const scope = { scope: "user", owner: "me" } as const;
const opening = "I was cleaning the kitchen all afternoon and then the phone rang, it was the plumber about the broken heater, he comes on Tuesday with a new valve and wants to be paid in cash. Anyway, while I wait for the kettle to boil I wondered about something else. ";
const said = [
  "My locker at the swimming hall has the number 4417.",
  "I prefer tea over coffee in the evening.",
  "The ferry to Bergen leaves at nine from the northern pier.",
  "Jonas has moved to Trondheim and works for a shipyard there.",
  "The garden needs a new fence before the winter comes.",
  "我的护照放在书房左边第二个抽屉里面。",
];

let home: MemoryHome;
let memory: Memory;
beforeEach(async () => {
  home = createMemoryHome();
  memory = home.open();
  for (const [at, text] of said.entries()) await memory.store({ kind: "passage", text, at, source: { trusted: true }, scope });
});
afterEach(() => home.dispose());

const first = async (message: string, more: { readonly floor?: number } = {}): Promise<string | undefined> => (await memory.recall(message, { scopes: [scope], limit: 5, ...more }))[0]?.episode.text;

describe("a message of many words", () => {
  it("finds what its question asks for, whatever is said before and after it", async () => {
    const question = "What number has my locker at the swimming hall?";
    expect(await first(question)).toBe(said[0]);
    expect(await first(`${opening}${question}`)).toBe(said[0]);
    expect(await first(`${question} ${opening}`)).toBe(said[0]);
    expect(await first(`${opening}${question} ${opening}`)).toBe(said[0]);
    expect(await first(`${opening}Who of my relatives works for a foreign shipyard? ${opening}`)).toBe(said[3]);
  });

  it("finds what it speaks of without a question", async () => {
    const message = "Please write a short note to my brother. He wants to borrow my goggles this weekend, and they are in my locker at the swimming hall. Tell him the locker number, that the key is at the desk, and that he should put everything back by Sunday evening because I have training on Monday.";
    expect(await first(message)).toBe(said[0]);
    expect(await first(`${opening}Then look up when the ferry to Bergen leaves from the northern pier. ${opening}`)).toBe(said[2]);
  });

  it("finds what a short sentence of it speaks of, where two words are too little", async () => {
    expect(await first(`${opening}Look up when the ferry to Bergen leaves. ${opening}`)).toBe(said[2]);
    expect(await first(`${opening}Jonas wrote from Trondheim about his shipyard. ${opening}`)).toBe(said[3]);
    expect(await first(`${opening}Jonas wrote. ${opening}`)).toBeUndefined();
  });

  it("finds what it asks for in a script without spaces", async () => {
    expect(await first("请问你还记得我把护照放在哪里了吗？")).toBe(said[5]);
    expect(await first("今天下午我一直在打扫厨房，后来水管工打电话来说坏掉的暖气下周二才能修好，而且他只收现金。我在等水烧开的时候忽然想起另外一件事情。我的护照放在哪个抽屉里？")).toBe(said[5]);
  });

  it("finds nothing where nothing fits, nor for one word that it shares", async () => {
    expect(await first(opening)).toBeUndefined();
    expect(await first(`${opening}What should I bring on Friday, and whom should I ask about the number of guests?`)).toBeUndefined();
    expect(await first(`${opening}What about winter clothes?`)).toBeUndefined();
    expect(await first("昨天晚上我们一家人去看了电影，回来以后大家都觉得很累，所以今天早上起得很晚。周末打算在书房装一盏新的台灯，再去市场买一些新鲜的蔬菜和水果。")).toBeUndefined();
  });

  it("is taken as a whole by a search", async () => {
    const [best] = await memory.recall(`${opening}What number has my locker at the swimming hall?`, { scopes: [scope], limit: 5, floor: 0 });
    expect(best?.episode.text).toBe(said[0]);
    expect(best?.similarity).toBeLessThan(0.3);
  });
});
