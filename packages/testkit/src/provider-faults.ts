import type { OmniErrorCode } from "@omni/core";
import { expect } from "vitest";
import type { ContractCase } from "./contract.ts";
import type { PlacedReply, ProviderFault, ProviderPlace } from "./provider-place.ts";
import { providerCase } from "./provider-case.ts";
import { read, readWhole, toCalls, toDeltas, toError, toRequest, toTools } from "./provider-reading.ts";

/** More failures than any provider meets with another try. */
const always = (reply: PlacedReply): readonly PlacedReply[] => Array.from({ length: 20 }, () => reply);

/** What each fault is called. */
const codes: Readonly<Record<ProviderFault, OmniErrorCode>> = {
  unreachable: "provider.unreachable",
  unauthorised: "provider.unauthorised",
  "not-found": "provider.not-found",
  "rate-limited": "provider.rate-limited",
  unavailable: "provider.unavailable",
  "bad-response": "provider.bad-response",
  "context-too-long": "provider.context-too-long",
  refused: "provider.refused",
  cut: "provider.cut",
};

const passing: readonly ProviderFault[] = ["unreachable", "rate-limited", "unavailable", "cut"];
const lasting: readonly ProviderFault[] = ["unauthorised", "not-found", "bad-response", "context-too-long", "refused"];

/** What a provider does when its endpoint fails. */
export const faultCases: readonly ContractCase<ProviderPlace>[] = [
  providerCase("P14", "a stream that breaks throws provider.cut, retryable, and yields neither a call nor a finish", "wire", async (provider, place) => {
    place.script(always({ text: ["I look. "], toolCalls: [{ tool: 0, arguments: '{"path":"important.txt"}' }, { tool: 0, arguments: "{}" }], fault: "cut" }));
    const reading = await read(provider, toRequest("look", { tools: toTools("files.read") }));
    expect(toError(reading)).toMatchObject({ code: "provider.cut", retryable: true });
    expect(toCalls(reading.events)).toEqual([]);
    expect(reading.events.filter((event) => event.type === "finish")).toEqual([]);
  }),
  providerCase("P15", "after a delta nothing is asked again", "wire", async (provider, place) => {
    place.script([{ text: ["A beginning "], fault: "cut" }, { text: ["a second answer"] }]);
    const reading = await read(provider, toRequest("tell"));
    expect(toError(reading).code).toBe("provider.cut");
    expect(toDeltas(reading.events, "text-delta").join("")).not.toContain("second");
    expect(place.requests()).toHaveLength(1);
  }),
  providerCase("P16", "a failure that may pass is asked again before the first delta", "wire", async (provider, place) => {
    for (const fault of passing.filter((each) => each !== "unreachable")) {
      place.script([{ fault }, { text: ["here"] }]);
      const before = place.requests().length;
      expect(toDeltas(await readWhole(provider, toRequest("again")), "text-delta").join("")).toBe("here");
      expect(place.requests().length - before).toBe(2);
    }
  }),
  providerCase("P17", "a failure that stays is given up after a few tries", "wire", async (provider, place) => {
    place.script(always({ fault: "unavailable" }));
    expect(toError(await read(provider, toRequest("never"))).code).toBe("provider.unavailable");
    expect(place.requests().length).toBeGreaterThan(1);
    expect(place.requests().length).toBeLessThan(12);
  }),
  providerCase("P18", "a failure that another try cannot mend is asked once", "wire", async (provider, place) => {
    for (const fault of lasting) {
      place.script(always({ fault }));
      const before = place.requests().length;
      await read(provider, toRequest("once"));
      expect([fault, place.requests().length - before]).toEqual([fault, 1]);
    }
  }),
  providerCase("P19", "every failure has the code that says what went wrong, and says whether another try may help", "wire", async (provider, place) => {
    for (const fault of [...passing, ...lasting]) {
      place.script(always({ fault }));
      const error = toError(await read(provider, toRequest("fail")));
      expect([fault, error.code, error.retryable]).toEqual([fault, codes[fault], passing.includes(fault)]);
      expect(error.message.length).toBeGreaterThan(20);
    }
  }),
];
