import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { routeTable } from "../src/route-table.ts";

const page = readFileSync(new URL("../../../docs/http.md", import.meta.url), "utf8");

describe("docs/http.md", () => {
  it("lists every route with what it takes to call it, and no other", () => {
    const rows = [...page.matchAll(/^\| `([A-Z]+) (\/\S*)` \| (none|bearer) \| (.*?) ?\|/gm)].map(([, method, path, auth, scopes]) => [method, path, auth, scopes]);
    expect(rows).toEqual(routeTable.map(({ method, path, auth, scopes }) => [method, path, auth, scopes.map((scope) => `\`${scope}\``).join(" or ")]));
  });
});
