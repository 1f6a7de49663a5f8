import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { clientTypes } from "../src/web-socket/frames.ts";
import { routeTable } from "../src/route-table.ts";
import { scopesOf } from "../src/web-socket/socket-connection.ts";

const page = readFileSync(new URL("../../../docs/http.md", import.meta.url), "utf8");

describe("docs/http.md", () => {
  it("lists every route with what it takes to call it, and no other", () => {
    const rows = [...page.matchAll(/^\| `([A-Z]+) (\/\S*)` \| (none|bearer|signature) \| (.*?) ?\|/gm)].map(([, method, path, auth, scopes]) => [method, path, auth, scopes]);
    expect(rows).toEqual(routeTable.map(({ method, path, auth, scopes }) => [method, path, auth, scopes.map((scope) => `\`${scope}\``).join(" or ")]));
  });

  it("lists every frame that a client may send, with the scopes it takes", () => {
    const rows = [...page.matchAll(/^\| `\{ "type": "(\w+)".*? \| ((?:`\w+`(?: or )?)*) ?\| [`a]/gm)].map(([, type, scopes = ""]) => [type, [...scopes.matchAll(/`(\w+)`/g)].map(([, scope]) => scope)]);
    expect(rows).toEqual(clientTypes.map((type) => [type, scopesOf[type]]));
  });
});
