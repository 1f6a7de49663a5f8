import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { toArgv } from "../src/command-line.ts";
import { toPlainWords } from "../src/plain-words.ts";

const shells = ["/bin/sh", "/bin/bash", "/bin/dash"].filter((shell) => existsSync(shell));
const env = { PATH: "/usr/local/bin:/usr/bin:/bin", LANG: "C.UTF-8", HOME: "/nowhere", a: "expanded" };

/** What a shell hands to a program after its name. */
function toWordsOf(shell: string, words: string): readonly string[] {
  const { stdout, status, stderr } = spawnSync(shell, ["-c", `/usr/bin/env printf '%s\\0' x ${words}`], { env, cwd: "/usr", encoding: "utf8" });
  if (status !== 0) throw new Error(`${shell} ended with ${status}: ${stderr}`);
  return stdout.split("\0").slice(1, -1);
}

describe("toPlainWords", () => {
  it("reads quotes and escapes as a shell does", () => {
    expect(toPlainWords(`git commit -m "it's \\"done\\" \\n" 'a  b'c\\ d ''`)).toEqual(["git", "commit", "-m", `it's "done" \\n`, "a  bc d", ""]);
    expect(toPlainWords("  ls -la \\\n  src\n")).toEqual(["ls", "-la", "src"]);
    expect(toPlainWords("git show HEAD~1 --format=%h,%s")).toEqual(["git", "show", "HEAD~1", "--format=%h,%s"]);
    expect(toPlainWords("find . -name '*.ts' -exec wc {} +")).toEqual(["find", ".", "-name", "*.ts", "-exec", "wc", "{}", "+"]);
    expect(toPlainWords("echo '$(id)' a#b c=d !")).toEqual(["echo", "$(id)", "a#b", "c=d", "!"]);
  });

  it.each([
    "", "  ", "a | b", "a && b", "a; b", "a &", "a > b", "a 2>&1", "a < b", "(a)", "a $b", 'a "$b"', "a `b`", 'a "`b`"', "a *.ts", "a b?", "a [bc]", "a {b,c}", "a ~", "a ~root",
    "a b=~", "a b:~", "a # b", "#a", "a\nb", "A=1 b", "A=1", "cd src", "export A", ". a", "source a", "if a", "! a", "{ a", "exec a", "eval a", "[ a ]", "time a", "a 'b", 'a "b', "a \\",
    "echo 'a\\tb'", "a \u00a0b", "a\r", "a \ud800", "a '\0'", "'' a",
  ])("leaves %j to the shell", (command) => {
    expect(toPlainWords(command)).toBeUndefined();
  });

  it("gives for every command that it calls plain the words that each shell here gives", () => {
    const piece = fc.constantFrom(..."ab -=:~#!%@^+,./é日😀{}[]*?$`'\"\\\n\t;|&<>()".split(""), "{}", "\\\n", " ", " ", "'a b'", '"a b"', "\\ ", '"\\', "a=", "\u00a0", "\u001b");
    const command = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(""));
    let plain = 0;
    fc.assert(
      fc.property(command, (words) => {
        const read = toPlainWords(`x ${words}`);
        if (read === undefined) return;
        plain += 1;
        for (const shell of shells) expect(toWordsOf(shell, words), shell).toEqual(read.slice(1));
      }),
      { numRuns: 1_200 },
    );
    expect(plain).toBeGreaterThan(60);
  });

  it("gives back any words that were quoted, whatever they hold", () => {
    const quoted = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`;
    const word = fc.string({ unit: "binary", maxLength: 20 }).filter((text) => text.isWellFormed() && !text.includes("\0"));
    fc.assert(fc.property(fc.array(word, { maxLength: 5 }), (words) => {
      expect(toPlainWords(["x", ...words.map(quoted)].join(" "))).toEqual(["x", ...words]);
    }));
  });
});

describe("toArgv", () => {
  it("runs plain words directly, all else by the shell, and a list as it is", () => {
    expect(toArgv({ command: "ls -la" })).toEqual(["ls", "-la"]);
    expect(toArgv({ command: "ls | wc -l" })).toEqual(["/bin/sh", "-c", "ls | wc -l"]);
    expect(toArgv({ command: "-e $x" })).toEqual(["/bin/sh", "-c", " -e $x"]);
    expect(toArgv({ argv: ["echo", "$(id)", "*"] })).toEqual(["echo", "$(id)", "*"]);
  });

  it("answers for anything", () => {
    fc.assert(fc.property(fc.dictionary(fc.constantFrom("command", "argv", "cwd"), fc.jsonValue()), (input) => {
      expect(toArgv(JSON.parse(JSON.stringify(input))).every((each) => typeof each === "string")).toBe(true);
    }));
  });
});
