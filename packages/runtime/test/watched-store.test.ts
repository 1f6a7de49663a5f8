import { OmniError } from "@omni/core";
import type { Store } from "@omni/core";
import { createRecordingLog } from "@omni/testkit/fakes";
import { describe, expect, it } from "vitest";
import { watchStore } from "../src/watched-store.ts";

/** As a package of somebody's own may be made. */
class Damaged {
  readonly #code: "store.corrupt" | "store.busy";
  constructor(code: "store.corrupt" | "store.busy") {
    this.#code = code;
  }
  async getDocument(): Promise<string> {
    throw new OmniError(this.#code, "it cannot be read");
  }
  async putText(): Promise<string> {
    return this.#code;
  }
}

const watch = (code: "store.corrupt" | "store.busy") => {
  const log = createRecordingLog();
  // The contract has many methods; these two stand for all.
  return { ...watchStore(new Damaged(code) as unknown as Store, log), log };
};

describe("a watched store", () => {
  it("answers as the one it watches, an instance of a class too, and can be spread", async () => {
    const { store, fault } = watch("store.corrupt");
    expect(await store.putText("a", "b", "c")).toBe("store.corrupt");
    expect(await { ...store }.putText("a", "b", "c")).toBe("store.corrupt");
    expect(fault()).toBeUndefined();
  });

  it("remembers the first sign of damage and says it once", async () => {
    const { store, fault, log } = watch("store.corrupt");
    await expect(store.getDocument("a", "b")).rejects.toMatchObject({ code: "store.corrupt" });
    await expect({ ...store }.getDocument("a", "b")).rejects.toMatchObject({ code: "store.corrupt" });
    expect(fault()).toMatchObject({ code: "store.corrupt" });
    expect(log.lines.filter(({ level }) => level === "error")).toHaveLength(1);
  });

  it("takes nothing else for damage", async () => {
    const { store, fault } = watch("store.busy");
    await expect(store.getDocument("a", "b")).rejects.toMatchObject({ code: "store.busy" });
    expect(fault()).toBeUndefined();
  });
});
