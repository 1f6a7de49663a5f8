import { expect, it } from "vitest";
import { findSecretPlaces, toShownTarget } from "../src/index.ts";

it("secrets in clear are found by the name they stand under and by how they look", () => {
  const places = findSecretPlaces({
    command: "x",
    args: ["--token", "abc", "--api-key=def", "--verbose", "/a/path", "sk-abcdefghijkl", "KEY=1"],
    env: { API_KEY: "abc", PLAIN: "abc", EMPTY_TOKEN: "", REFERENCE_KEY: "${KEY}", ODD: "ghp_abcdefghijkl" },
  });
  expect(places).toEqual(["env.API_KEY", "env.ODD", "args[1]", "args[2]", "args[5]", "args[6]"]);
  expect(findSecretPlaces({ url: "https://a/mcp?apiKey=abc&x=1", headers: { Authorization: "Bearer abc", Accept: "x" } })).toEqual(["headers.Authorization", "url"]);
  expect(findSecretPlaces({ command: "npx", args: ["-y", "@modelcontextprotocol/server-filesystem", "/data", "--author", "${AUTHOR}"] })).toEqual([]);
});

it("a target is shown without what may be secret", () => {
  expect(toShownTarget({ command: "npx", args: ["-y", "a b", "--token", "abc", "--key=${KEY}", "--key=abc"] })).toBe('npx -y "a b" --token [hidden] --key=${KEY} --key=[hidden]');
  expect(toShownTarget({ url: "https://me:pass@a.example/mcp?token=abc&page=1&key=${KEY}" })).toBe("https://[hidden]@a.example/mcp?token=[hidden]&page=1&key=${KEY}");
  expect(toShownTarget({})).toBe("");
});
