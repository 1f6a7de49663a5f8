import { describe, expect, it } from "vitest";
import { createKnownSecrets } from "../../src/host/known-secrets.ts";

describe("secrets", () => {
  it("are replaced when their name sounds like one, before anybody asks for them", () => {
    const secrets = createKnownSecrets({ MODEL_API_KEY: "sk-abcdef", GITHUB_TOKEN: "ghp-123456", DB_PASSWORD: "hunter22", HOME: "/home/me", PATH: "/usr/bin:/bin", KEYBOARD: "querty-layout" });
    expect(secrets.redact("sk-abcdef ghp-123456 hunter22 /home/me /usr/bin:/bin querty-layout")).toBe("[redacted] [redacted] [redacted] /home/me /usr/bin:/bin querty-layout");
  });

  it("are known once they are looked up or registered", async () => {
    const secrets = createKnownSecrets({ ODD_NAME: "value-of-odd" });
    expect(secrets.redact("value-of-odd registered")).toBe("value-of-odd registered");
    expect(await secrets.get("ODD_NAME")).toBe("value-of-odd");
    secrets.register("registered");
    expect(secrets.redact("value-of-odd registered")).toBe("[redacted] [redacted]");
    expect(await secrets.get("NONE")).toBeUndefined();
    expect(await secrets.get("constructor")).toBeUndefined();
  });

  it("are replaced as they look inside JSON and inside a URL", () => {
    const secrets = createKnownSecrets();
    secrets.register('pass"word\n1/2+3');
    expect(secrets.redact(JSON.stringify({ a: 'pass"word\n1/2+3' }))).toBe('{"a":"[redacted]"}');
    expect(secrets.redact(`?key=${encodeURIComponent('pass"word\n1/2+3')}`)).toBe("?key=[redacted]");
  });

  it("go whole when one contains another", () => {
    const secrets = createKnownSecrets();
    secrets.register("abcdef");
    secrets.register("abcdef-and-more");
    expect(secrets.redact("abcdef-and-more abcdef")).toBe("[redacted] [redacted]");
  });

  it("shorter than six characters are left, and marks of patterns are plain", () => {
    const secrets = createKnownSecrets();
    secrets.register("the");
    secrets.register("a.*[b]$(c)");
    expect(secrets.redact("the abcdef a.*[b]$(c)")).toBe("the abcdef [redacted]");
  });
});
