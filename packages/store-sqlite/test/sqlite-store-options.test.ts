import { describe, expect, it } from "vitest";
import { omni, sqliteStoreOptions } from "../src/index.ts";

describe("the options", () => {
  it("have defaults", () => {
    expect(sqliteStoreOptions.parse(undefined)).toEqual({ busyTimeoutMs: 2_000 });
    expect(sqliteStoreOptions.parse({})).toEqual({ busyTimeoutMs: 2_000 });
  });

  it("take what is given", () => {
    expect(sqliteStoreOptions.parse({ path: "/data/omni.db", busyTimeoutMs: 0 })).toEqual({ path: "/data/omni.db", busyTimeoutMs: 0 });
  });

  it.each([null, [], "omni.db", { path: "relative.db" }, { path: "" }, { path: 5 }, { busyTimeoutMs: -1 }, { busyTimeoutMs: 1.5 }, { busyTimeoutMs: "2" }, { busyTimeoutMs: 60_001 }])("refuse %j", (value) => {
    expect(() => sqliteStoreOptions.parse(value)).toThrow(expect.objectContaining({ code: "config.invalid" }) as Error);
  });

  it("belong to the store slot under the package's name", () => {
    expect(omni).toMatchObject({ slot: "store", name: "sqlite", contract: 1, options: sqliteStoreOptions });
  });
});
