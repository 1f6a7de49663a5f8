import type { ModelInfo } from "@omni/core";
import { createManualClock } from "@omni/testkit/fakes";
import { describe, expect, it } from "vitest";
import { createKeptModels } from "../src/kept-models.ts";

/** A list that an endpoint changes, how often it was asked for, and what is kept of it. */
function createPlace(...ids: string[]) {
  const clock = createManualClock();
  const place = { ids, asked: 0, clock, isDown: false };
  const ask = async (): Promise<readonly ModelInfo[]> => {
    place.asked += 1;
    if (place.isDown) throw new Error("down");
    return place.ids.map((id) => ({ id }));
  };
  return { place, clock, models: createKeptModels(ask, clock) };
}

describe("createKeptModels", () => {
  it("asks once for all who ask within a minute, and again after it", async () => {
    const { place, clock, models } = createPlace("a");
    await Promise.all([models.list(), models.first(), models.list()]);
    await clock.advance(59_999);
    expect([await models.list(), place.asked]).toEqual([[{ id: "a" }], 1]);
    place.ids = ["b"];
    await clock.advance(1);
    expect([await models.list(), place.asked]).toEqual([[{ id: "b" }], 2]);
  });

  it("keeps neither an empty list nor a failure", async () => {
    const { place, models } = createPlace();
    expect([await models.list(), await models.first(), place.asked]).toEqual([[], undefined, 2]);
    place.isDown = true;
    await expect(models.list()).rejects.toThrow("down");
    place.isDown = false;
    place.ids = ["a"];
    expect(await models.first()).toEqual({ id: "a" });
  });

  it("gives what was listed before where the endpoint cannot be asked again", async () => {
    const { place, clock, models } = createPlace("a");
    await models.list();
    place.isDown = true;
    await clock.advance(60_000);
    expect([await models.first(), await models.list(), place.asked]).toEqual([{ id: "a" }, [{ id: "a" }], 2]);
    models.forget("a");
    await expect(models.list()).rejects.toThrow("down");
  });

  it("stays with its first model as long as that is listed", async () => {
    const { place, clock, models } = createPlace("a");
    await models.first();
    place.ids = ["b", "a"];
    await clock.advance(60_000);
    expect(await models.first()).toEqual({ id: "a" });
    place.ids = ["c", "b"];
    await clock.advance(60_000);
    expect(await models.first()).toEqual({ id: "c" });
  });

  it("asks again once a model is not known, and takes another first one only if it was that one", async () => {
    const { place, models } = createPlace("a");
    await models.first();
    place.ids = ["b", "a"];
    models.forget("x");
    expect([await models.first(), place.asked]).toEqual([{ id: "a" }, 2]);
    models.forget("a");
    expect([await models.first(), place.asked]).toEqual([{ id: "b" }, 3]);
  });
});
