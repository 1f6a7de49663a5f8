import { describe, expect, it } from "vitest";
import { configMigrations, migrateConfig } from "../../src/config/migrate-config.ts";

const migrations = [
  { to: 3, apply: (value: object) => ({ ...value, steps: [...((value as { steps?: readonly number[] }).steps ?? []), 3] }) },
  { to: 2, apply: (value: object) => ({ ...value, steps: [2] }) },
];

describe("a configuration of another version", () => {
  it("is brought up step by step, in order", () => {
    expect(migrateConfig({ version: 1 }, migrations, 3)).toEqual({ value: { version: 3, steps: [2, 3] }, warnings: [] });
    expect(migrateConfig({ version: 2 }, migrations, 3).value).toEqual({ version: 3, steps: [3] });
  });

  it("that is the current one, or says none, stays as it is", () => {
    expect(migrateConfig({ version: 3, a: 1 }, migrations, 3)).toEqual({ value: { version: 3, a: 1 }, warnings: [] });
    expect(migrateConfig({ a: 1 }, migrations, 3)).toEqual({ value: { a: 1 }, warnings: [] });
  });

  it("that is newer stays as it is, with a warning", () => {
    expect(migrateConfig({ version: 4 }, migrations, 3)).toEqual({ value: { version: 4 }, warnings: [expect.stringContaining("version 4 is newer than 3")] });
  });

  it("has no migrations yet", () => {
    expect(configMigrations).toEqual([]);
  });
});
