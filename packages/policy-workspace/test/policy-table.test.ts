import type { ActionKind, Autonomy } from "@omni/core";
import { createFakeHost } from "@omni/testkit/fakes";
import { describe, expect, it } from "vitest";
import { createWorkspacePolicy, workspacePolicyOptions } from "../src/index.ts";
import { toRequest } from "./request.ts";

type Word = "auto" | "ask" | "ask, unless allowed" | "auto, contained" | "deny";
type Row = readonly [readonly ActionKind[], "native" | "foreign", Readonly<Record<Autonomy, Word>>];

/** The table of the guide to security, row by row. */
const rows: readonly Row[] = [
  [["read", "internal"], "native", { readonly: "auto", supervised: "auto", full: "auto" }],
  [["read-open"], "native", { readonly: "deny", supervised: "ask, unless allowed", full: "auto" }],
  [["read", "read-open"], "foreign", { readonly: "deny", supervised: "ask, unless allowed", full: "auto" }],
  [["write"], "native", { readonly: "deny", supervised: "ask, unless allowed", full: "auto" }],
  [["write", "internal"], "foreign", { readonly: "deny", supervised: "ask, unless allowed", full: "auto" }],
  [["execute"], "native", { readonly: "deny", supervised: "ask", full: "auto, contained" }],
  [["execute"], "foreign", { readonly: "deny", supervised: "ask", full: "auto, contained" }],
  [["configure"], "native", { readonly: "deny", supervised: "ask", full: "ask" }],
  [["configure"], "foreign", { readonly: "deny", supervised: "ask", full: "ask" }],
];

/** What a word of the table comes to: by itself, with the tool allowed, and with programs let loose. */
const verdicts: Readonly<Record<Word, readonly [plain: string, allowed: string, loose: string]>> = {
  auto: ["allow", "allow", "allow"],
  ask: ["ask", "ask", "ask"],
  "ask, unless allowed": ["ask", "allow", "ask"],
  "auto, contained": ["deny", "deny", "allow"],
  deny: ["deny", "deny", "deny"],
};

const cases = rows.flatMap(([kinds, origin, words]) =>
  kinds.flatMap((kind) => Object.entries(words).map(([autonomy, word]) => ({ kind, origin, autonomy: autonomy as Autonomy, word }))),
);

describe("the table", () => {
  it("has every kind, origin and autonomy once", () => {
    expect(new Set(cases.map(({ kind, origin, autonomy }) => `${kind} ${origin} ${autonomy}`)).size).toBe(cases.length);
    expect(cases).toHaveLength(6 * 2 * 3);
  });

  it.each(cases)("says of a $origin $kind at $autonomy: $word", ({ kind, origin, autonomy, word }) => {
    const request = toRequest({ kind }, { autonomy, trusted: origin === "native", effect: kind.startsWith("read") ? "read" : "once" });
    const found = [{}, { allow: ["notes.*"] }, { unsandboxedShell: true }].map((options) => {
      const policy = createWorkspacePolicy(workspacePolicyOptions.parse(options), createFakeHost());
      return policy.decide(request).verdict;
    });
    expect(found).toEqual(verdicts[word]);
  });
});
