import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { createPlace, omni } from "./omni-process.ts";

describe("keepCompiled", () => {
  it("keeps compiled code in the state folder of the stated home, and nowhere before that is there", async () => {
    const place = await createPlace({}, { NODE_COMPILE_CACHE: "" });
    try {
      const stated = `${place.root}/stated`;
      expect((await omni(place, ["config", "path", "--home", stated])).code).toBe(0);
      expect(existsSync(`${stated}/state/compile-cache`)).toBe(false);
      await omni(place, ["run", "--home", stated, "list the files"]);
      await omni(place, ["run", `--home=${stated}`, "list the files"]);
      expect(existsSync(`${stated}/state/compile-cache`)).toBe(true);
      expect(existsSync(place.home)).toBe(false);
      await omni(place, ["run", "list the files"]);
      await omni(place, ["run", "list the files"]);
      expect(existsSync(`${place.home}/state/compile-cache`)).toBe(true);
    } finally {
      await place.dispose();
    }
  });
});
