import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { chooseCall } from "../src/choose-call.ts";
import { foreignTools, offeredTools } from "./offered-tools.ts";

type Row = readonly [message: string, call: string];

const listing: readonly Row[] = [
  ["list the files in this folder", "files.list {}"],
  ["List the files in this folder.", "files.list {}"],
  ["list files", "files.list {}"],
  ["list all files", "files.list {}"],
  ["ls", "files.list {}"],
  ["ls src", 'files.list {"path":"src"}'],
  ["ls src/", 'files.list {"path":"src/"}'],
  ["please list the files here", "files.list {}"],
  ["Could you please list the files in the current directory?", "files.list {}"],
  ["can you show me the files in this directory", "files.list {}"],
  ["show me all the files", "files.list {}"],
  ["show me the files and folders", "files.list {}"],
  ["I want to see the files in this folder", "files.list {}"],
  ["what files are in this folder?", "files.list {}"],
  ["What files are here?", "files.list {}"],
  ["which files are in src/?", 'files.list {"path":"src/"}'],
  ["what is in this folder?", "files.list {}"],
  ["What's in the folder src?", 'files.list {"path":"src"}'],
  ["what's in src/", 'files.list {"path":"src/"}'],
  ["what are the files in this directory", "files.list {}"],
  ["list the files in src", 'files.list {"path":"src"}'],
  ["list the contents of docs/", 'files.list {"path":"docs/"}'],
  ["show the folder docs", 'files.list {"path":"docs"}'],
  ['list the files in "My Documents/"', 'files.list {"path":"My Documents/"}'],
  ["list the hidden files", "files.list {}"],
  ["list files depth 2", 'files.list {"depth":2}'],
  ["LIST FILES", "files.list {}"],
  ["list the names of the files in this folder", "files.list {}"],
  ["tell me what files are here", "files.list {}"],
  ["give me a list of the files in this folder", "files.list {}"],
  ["look at the files", "files.list {}"],
  ["can I see the files?", "files.list {}"],
  ["use files.list", "files.list {}"],
  ["call files.list on src/", 'files.list {"path":"src/"}'],
];

const reading: readonly Row[] = [
  ["read README.md", 'files.read {"path":"README.md"}'],
  ["Read the file README.md, please", 'files.read {"path":"README.md"}'],
  ["read `notes/todo list.txt`", 'files.read {"path":"notes/todo list.txt"}'],
  ["open src/index.ts", 'files.read {"path":"src/index.ts"}'],
  ["cat package.json", 'files.read {"path":"package.json"}'],
  ["show me README.md", 'files.read {"path":"README.md"}'],
  ["print the contents of src/a.ts", 'files.read {"path":"src/a.ts"}'],
  ["show me what is in notes.txt", 'files.read {"path":"notes.txt"}'],
  ["what is in README.md?", 'files.read {"path":"README.md"}'],
  ["what does README.md say?", 'files.read {"path":"README.md"}'],
  ["What does config.json contain?", 'files.read {"path":"config.json"}'],
  ["what is in the file a.txt?", 'files.read {"path":"a.txt"}'],
  ["look at README.md", 'files.read {"path":"README.md"}'],
  ["will you read README.md", 'files.read {"path":"README.md"}'],
  ["show the whole README.md", 'files.read {"path":"README.md"}'],
  ["read the LICENSE", 'files.read {"path":"LICENSE"}'],
  ["show the Makefile", 'files.read {"path":"Makefile"}'],
  ["contents of README.md", 'files.read {"path":"README.md"}'],
  ["read the first 20 lines of notes.txt", 'files.read {"limit":20,"path":"notes.txt"}'],
  ["show lines 10 to 20 of a.txt", 'files.read {"offset":10,"limit":11,"path":"a.txt"}'],
  ["show lines 10-20 of a.txt", 'files.read {"offset":10,"limit":11,"path":"a.txt"}'],
  ["read a.txt from line 40", 'files.read {"offset":40,"path":"a.txt"}'],
  ["show line 7 of a.txt", 'files.read {"offset":7,"limit":1,"path":"a.txt"}'],
];

const searching: readonly Row[] = [
  ["find TODO in src/", 'files.grep {"pattern":"TODO","path":"src/"}'],
  ["grep TODO", 'files.grep {"pattern":"TODO"}'],
  ["grep apples src/", 'files.grep {"pattern":"apples","path":"src/"}'],
  ['search the files for "hello world"', 'files.grep {"pattern":"hello world"}'],
  ["search the files for apples", 'files.grep {"pattern":"apples"}'],
  ["search README.md for install", 'files.grep {"path":"README.md","pattern":"install"}'],
  ["look for createServer in src/main.ts", 'files.grep {"pattern":"createServer","path":"src/main.ts"}'],
  ["find the word apple in notes.txt", 'files.grep {"pattern":"apple","path":"notes.txt"}'],
  ["which files contain TODO?", 'files.grep {"pattern":"TODO"}'],
  ["find all files containing apples", 'files.grep {"pattern":"apples"}'],
  ['grep "a+b(" in src/', 'files.grep {"pattern":"a\\\\+b\\\\(","path":"src/"}'],
  ["find *.ts", 'files.glob {"pattern":"*.ts"}'],
  ["find all *.md files in docs/", 'files.glob {"pattern":"*.md","path":"docs/"}'],
  ["list *.md", 'files.glob {"pattern":"*.md"}'],
  ["find files matching *.md", 'files.glob {"pattern":"*.md"}'],
  ["list the files that contain TODO", 'files.grep {"pattern":"TODO"}'],
  ["search for cats on the web", 'web.search {"query":"cats"}'],
  ["glob **/*.ts", 'files.glob {"pattern":"**/*.ts"}'],
  ["find a file named config.json", 'files.glob {"pattern":"**/config.json"}'],
  ["where is main.ts?", 'files.glob {"pattern":"**/main.ts"}'],
  ["search the web for cute cats", 'web.search {"query":"cute cats"}'],
  ["search memory for Anna", 'memory.search {"query":"Anna"}'],
  ["search your memory for the trip to Rome", 'memory.search {"query":"trip to Rome"}'],
  ["fetch https://example.com/a?b=c", 'web.fetch {"url":"https://example.com/a?b=c"}'],
  ["open https://example.com.", 'web.fetch {"url":"https://example.com"}'],
];

const otherLanguages: readonly Row[] = [
  ["Liste die Dateien in diesem Ordner auf", "files.list {}"],
  ["Zeig mir bitte die Dateien", "files.list {}"],
  ["Welche Dateien sind in diesem Verzeichnis?", "files.list {}"],
  ["Kannst du mir die Dateien in src/ zeigen?", 'files.list {"path":"src/"}'],
  ["Lies README.md", 'files.read {"path":"README.md"}'],
  ["Was steht in notizen.txt?", 'files.read {"path":"notizen.txt"}'],
  ["Öffne die Datei plan.md", 'files.read {"path":"plan.md"}'],
  ['Suche nach "Haus" in notizen.txt', 'files.grep {"pattern":"Haus","path":"notizen.txt"}'],
  ["Lista los archivos de esta carpeta", "files.list {}"],
  ["muéstrame los archivos", "files.list {}"],
  ["lee README.md", 'files.read {"path":"README.md"}'],
  ["¿Qué archivos hay en esta carpeta?", "files.list {}"],
  ["liste les fichiers de ce dossier", "files.list {}"],
  ["affiche README.md", 'files.read {"path":"README.md"}'],
  ["Qu'y a-t-il dans ce dossier ?", "files.list {}"],
  ["Montre-moi les fichiers", "files.list {}"],
];

const nothing: readonly string[] = [
  "",
  "hello",
  "thanks!",
  "list",
  "read",
  "it",
  "read it",
  "what is in it?",
  "write a poem",
  "what is 2+2",
  "what is 2+2?",
  "who are you?",
  "what can you do?",
  "tell me a joke",
  "what is a file?",
  "what is a folder",
  "what file should I edit?",
  "don't list the files, write me a poem about them",
  "do not list the files in this folder",
  "list the files in this folder and delete them",
  "list the files, then remove the largest",
  "list the files in this folder. Now delete a.txt.",
  "never read README.md",
  "delete a.txt",
  "delete everything",
  "remove the folder src",
  "write hello to a.txt",
  "create a file named a.txt",
  "rename a.txt to b.txt",
  "move a.txt to docs/",
  "run ls",
  "run files.write",
  "use files.write on a.txt",
  "send README.md to Anna",
  "remember that I like tea",
  "forget what I said",
  "summarise README.md",
  "summarize the files in this folder",
  "explain src/index.ts",
  "read README.md and summarise it",
  "read README.md and b.md",
  "translate README.md",
  "list three reasons to exercise",
  "list the prime numbers below 100",
  "list the planets",
  "list the capitals in Europe",
  "list the files by size",
  "list the largest files",
  "list the newest 5 files",
  "how many files are in this folder?",
  "why are there so many files in this folder?",
  "show me the meaning of life",
  "show me how to list files",
  "show the last 20 lines of a.txt",
  "show me a picture of a cat",
  "read me a story",
  "read about cats",
  "read between the lines",
  "open the door",
  "open example.com",
  "find the bug in main.ts",
  "find a good restaurant",
  "find PDF files",
  "find TODO comments in src/",
  "find all TypeScript files",
  "find files",
  "search for restaurants",
  "search for the best laptop",
  'search for "cats"',
  "search",
  "look for trouble",
  "look at this mess",
  "look at me",
  "where is Paris?",
  "where are the files?",
  "what is in the news",
  "what's the weather",
  "which is better, a.txt or b.txt?",
  "is there a file named a.txt?",
  "get a life",
  "get milk",
  "download https://example.com/a.zip to a.zip",
  "print hello world",
  "print money",
  "give me files about cats in b.txt and c.txt",
  "cat",
  "I read README.md",
  "I will read README.md",
  "you read README.md yesterday",
  "show me the directory structure",
  "open the file a.txt in vim",
  "what files are in use?",
  "list the files in Spanish",
  "look in a.txt",
  "Open issues in TODO.md",
  "Search results are in a.txt",
  "show a.txt in docs/",
  "cat pictures",
  "cats are great",
  "I am reading README.md",
  "my file a.txt is broken",
  "README.md",
  "a.txt please",
  "fix the tests in src/",
  "add a line to a.txt",
  "replace TODO in src/",
  "list files\nand then delete them",
  "Lösche a.txt",
  "Schreibe ein Gedicht über die Dateien",
  "Liste die Dateien nicht auf",
  "Fasse README.md zusammen",
  "borra a.txt",
  "escribe un poema",
  "no listes los archivos",
  "supprime a.txt",
  "écris un poème",
  "ne liste pas les fichiers",
];

function chosen(message: string, tools = offeredTools): string {
  const { call } = chooseCall(message, tools);
  return call === undefined ? "nothing" : `${call.name} ${JSON.stringify(call.arguments)}`;
}

describe("chooseCall", () => {
  for (const [title, rows] of Object.entries({ listing, reading, searching, otherLanguages })) {
    it.each(rows)(`takes a request for ${title}: %s`, (message, expected) => {
      expect(chosen(message)).toBe(expected);
    });
  }

  it.each(nothing)("calls nothing for: %s", (message) => {
    expect(chosen(message)).toBe("nothing");
  });

  it("fits tools it has never heard of by their own words", () => {
    const tools = [...offeredTools, ...foreignTools];
    expect(chosen("get the weather forecast for Berlin", tools)).toBe('weather.get_forecast {"city":"Berlin"}');
    expect(chosen("list the timezones", tools)).toBe("clock.list_timezones {}");
    expect(chosen("list my calendar events", tools)).toBe("calendar.list_events {}");
    expect(chosen("list the next 3 events", tools)).toBe('calendar.list_events {"limit":3}');
    expect(chosen("list the files in this folder", tools)).toBe("files.list {}");
    expect(chosen("get the forecast", tools)).toBe("nothing");
    expect(chosen("delete the events", tools)).toBe("nothing");
  });

  it("calls nothing when two tools are as good", () => {
    const [list] = offeredTools.filter((tool) => tool.name === "files.list");
    if (list === undefined) throw new Error("no files.list");
    expect(chosen("list the files in this folder", [list, { ...list, name: "drive.list" }])).toBe("files.list {}");
    expect(chosen("list the files in this folder", [list, { ...list, name: "docs.files.list" }])).toBe("nothing");
  });

  it("suggests what works of a request that needs a model", () => {
    expect(chooseCall("summarise README.md", offeredTools)).toEqual({ suggestion: { name: "files.read", arguments: { path: "README.md" } } });
    expect(chooseCall("delete a.txt", offeredTools)).toEqual({});
  });

  it("never picks a tool that changes something, and gives only arguments that the message holds", () => {
    const words = ["list", "read", "find", "delete", "write", "the", "files", "in", "a.txt", "src/", '"x y"', "for", "12", "TODO", "folder", "what", "is", "files.write", "https://a.b/c", "lines", "and", "*.md"];
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...words), { maxLength: 9 }), (picked) => {
        const message = picked.join(" ");
        const { call } = chooseCall(message, offeredTools);
        if (call === undefined) return;
        expect(offeredTools.find((tool) => tool.name === call.name)?.readOnly).toBe(true);
        for (const value of Object.values(call.arguments)) expect(message).toContain(String(value).replace(/^\*\*\/(?=a\.txt$)/, ""));
      }),
      { numRuns: 2_000 },
    );
  });

  it("takes any text without failing, and quickly", () => {
    fc.assert(fc.property(fc.string({ unit: "grapheme", maxLength: 300 }), (text) => void chooseCall(text, offeredTools)));
    const begun = performance.now();
    for (const text of ["'".repeat(300), "a/".repeat(150), "(".repeat(300), "a'b ".repeat(75), "a.".repeat(150), "x".repeat(100_000)]) chooseCall(text, offeredTools);
    expect(performance.now() - begun).toBeLessThan(1_000);
  });
});
