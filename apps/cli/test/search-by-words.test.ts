import { expect, test } from "vitest";
import { searchByWords } from "../src/search-by-words.ts";

const entries = [
  { name: "files.read", text: "Reads a text file of the workspace." },
  { name: "files.list", text: "Lists files and folders." },
  { name: "web.fetch", text: "Reads a page of the web." },
];
const search = (query: string): readonly string[] => searchByWords(entries, query, (entry) => entry).map((entry) => entry.name);

test("puts the entry that has the words in its name first", () => {
  expect(search("read file")).toEqual(["files.read", "files.list", "web.fetch"]);
  expect(search("WEB page")).toEqual(["web.fetch"]);
});

test("finds nothing for words that occur nowhere, and for none", () => {
  expect([search("calendar"), search(""), search("!?")]).toEqual([[], [], []]);
});
