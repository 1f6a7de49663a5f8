import type { Tool, ToolContext } from "@omni/core";
import { expect } from "vitest";
import type { ContractCase, ContractOptions, Create } from "./contract.ts";
import type { ToolSample, ToolsetPlace } from "./tool-place.ts";
import { describeContract } from "./contract.ts";
import { toContentProblem, toSchemaProblem } from "./tool-shape.ts";
import { createToolContext } from "./tool-place.ts";

const kinds = ["read", "read-open", "write", "execute", "configure", "internal"];

/** Time a failing call may take, and time a call may take once its signal is aborted; milliseconds. */
const failureMs = 5_000;
const graceMs = 1_000;

/** Every obligation of `Toolset` and its tools; see `docs/contracts/tool.md`. */
export const toolContract: readonly ContractCase<ToolsetPlace>[] = [
  toolCase("T1", "every tool is named owner.command, and no name occurs twice", async ({ toolset }) => {
    const names = toolset.tools().map((tool) => tool.name);
    expect(names.filter((name) => !/^[A-Za-z][\w-]*(?:\.[\w-]+)+$/.test(name) || !name.startsWith(`${toolset.owner}.`))).toEqual([]);
    expect(new Set(names).size).toBe(names.length);
  }),
  toolCase("T2", "every tool has a description and an object schema that describes each property", async ({ toolset }) => {
    for (const tool of toolset.tools()) {
      expect(tool.description.trim(), tool.name).not.toBe("");
      expect(toSchemaProblem(tool.inputSchema), tool.name).toBeUndefined();
    }
  }),
  toolCase("T3", "the list holds the same tools in the same order as long as nothing changes", async (place) => {
    const before = place.toolset.tools();
    for (const sample of place.samples) await call(place, sample);
    const after = place.toolset.tools();
    expect(after.length).toBe(before.length);
    expect(after.every((tool, index) => tool === before[index])).toBe(true);
  }),
  toolCase("T4", "every tool has a call that succeeds with well-formed content", async (place) => {
    expect(new Set(place.samples.map((sample) => sample.tool))).toEqual(new Set(place.toolset.tools().map((tool) => tool.name)));
    for (const sample of place.samples) {
      const result = await call(place, sample);
      expect(result.isError ?? false, `${sample.tool}: ${JSON.stringify(result.content)}`).toBe(false);
      expect(toContentProblem(result), sample.tool).toBeUndefined();
    }
  }),
  toolCase("T5", "a tool of effect read gives the same when it is called again and changes nothing", async (place) => {
    const before = await place.state();
    for (const sample of samplesOf(place, "read")) {
      const first = await call(place, sample);
      expect(await call(place, sample, { idempotencyKey: "another" }), sample.tool).toEqual(first);
    }
    expect(await place.state()).toEqual(before);
  }),
  toolCase("T6", "action answers the same when it is asked again and changes nothing", async (place) => {
    const before = await place.state();
    for (const sample of [...place.samples, ...place.failing]) {
      const input = structuredClone(sample.input);
      const first = structuredClone(find(place, sample.tool).action?.(input));
      expect(find(place, sample.tool).action?.(input), sample.tool).toEqual(first);
      expect(input, sample.tool).toEqual(sample.input);
    }
    expect(await place.state()).toEqual(before);
  }),
  toolCase("T7", "action names a kind of the policy table and throws for no call that fits the schema", async (place) => {
    for (const sample of [...place.samples, ...place.failing]) {
      const tool = find(place, sample.tool);
      if (tool.action === undefined) continue;
      const action = tool.action(sample.input);
      expect(kinds, sample.tool).toContain(action.kind);
      for (const list of [action.paths, action.hosts, action.recipients, action.argv]) expect((list ?? []).every((each) => typeof each === "string"), sample.tool).toBe(true);
    }
  }),
  toolCase("T8", "a call whose signal is already aborted ends within a second and changes nothing", async (place) => {
    const before = await place.state();
    for (const sample of place.samples) {
      const outcome = call(place, sample, { signal: AbortSignal.abort(new Error("stopped")) });
      expect(await settlesWithin(place, outcome, graceMs), sample.tool).toBe(true);
    }
    expect(await place.state()).toEqual(before);
  }),
  {
    ...toolCase("T9", "a call that is stopped while it runs ends within a second", async (place) => {
      if (place.slow === undefined) throw new Error("a place that claims waits has a slow call");
      const controller = new AbortController();
      const outcome = call(place, place.slow, { signal: controller.signal });
      expect(await settlesWithin(place, outcome, graceMs)).toBe(false);
      controller.abort(new Error("stopped"));
      expect(await settlesWithin(place, outcome, graceMs)).toBe(true);
    }),
    needs: "waits",
  },
  toolCase("T10", "a call that fails gives an error result with words, or throws an error, and never hangs", async (place) => {
    expect(place.failing.length).toBeGreaterThan(0);
    for (const sample of place.failing) {
      const outcome = Promise.resolve().then(() => call(place, sample));
      expect(await settlesWithin(place, outcome, failureMs), sample.tool).toBe(true);
      const words = await outcome.then((result) => (result.isError === true && toContentProblem(result) === undefined ? JSON.stringify(result.content) : ""), toWords);
      expect(words.length, sample.tool).toBeGreaterThan(2);
    }
  }),
  {
    ...toolCase("T11", "a keyed call that is repeated under its idempotency key has its effect once", async (place) => {
      const keyed = samplesOf(place, "keyed");
      expect(keyed.length).toBeGreaterThan(0);
      for (const [index, sample] of keyed.entries()) {
        const idempotencyKey = `repeated-${index}`;
        await call(place, sample, { idempotencyKey });
        const once = await place.state();
        await call(place, sample, { idempotencyKey });
        expect(await place.state(), sample.tool).toEqual(once);
      }
    }),
    needs: "keyed",
  },
  {
    ...toolCase("T12", "a change of the list is told once, and not to those who unsubscribed", async (place) => {
      if (place.change === undefined) throw new Error("a place that claims changes has a change");
      const heard: string[] = [];
      const stop = place.toolset.onChange(() => heard.push("gone"));
      place.toolset.onChange(() => heard.push("here"));
      stop();
      const before = place.toolset.tools().map((tool) => tool.name);
      await place.change();
      expect(heard).toEqual(["here"]);
      expect(place.toolset.tools().map((tool) => tool.name)).not.toEqual(before);
    }),
    needs: "changes",
  },
  toolCase("T13", "a subscription can be ended, and ended again", async ({ toolset }) => {
    const stop = toolset.onChange(() => undefined);
    stop();
    stop();
  }),
  toolCase("T14", "close can be called again", async ({ toolset }) => {
    await toolset.close();
    await toolset.close();
  }),
];

/** Runs the kit of `Toolset` against an implementation. Abilities: `waits`, `keyed`, `changes`. */
export function describeTool(title: string, create: Create<ToolsetPlace>, options?: ContractOptions): void {
  describeContract(title, toolContract, create, options);
}

/** A case that makes a place, and closes and frees it whatever happens. */
function toolCase(id: string, title: string, body: (place: ToolsetPlace) => Promise<void>): ContractCase<ToolsetPlace> {
  return {
    id,
    title,
    async run(create) {
      const place = await create();
      try {
        await place.toolset.ready?.();
        await body(place);
      } finally {
        await place.toolset.close().catch(() => undefined);
        await place.dispose();
      }
    },
  };
}

function find(place: ToolsetPlace, name: string): Tool {
  const tool = place.toolset.tools().find((each) => each.name === name);
  if (tool === undefined) throw new Error(`the toolset has no ${name}`);
  return tool;
}

function call(place: ToolsetPlace, sample: ToolSample, overrides: Partial<ToolContext> = {}): ReturnType<Tool["execute"]> {
  const where = place.workspace === undefined ? {} : { workspace: place.workspace };
  return find(place, sample.tool).execute(structuredClone(sample.input), createToolContext({ ...where, ...overrides }));
}

/** The samples of tools with an effect, judged as the registry does for native tools. */
function samplesOf(place: ToolsetPlace, effect: "read" | "keyed"): readonly ToolSample[] {
  return place.samples.filter((sample) => {
    const { effect: declared, annotations } = find(place, sample.tool);
    const hinted = annotations?.readOnlyHint === true ? "read" : annotations?.idempotentHint === true ? "keyed" : "once";
    return (declared ?? hinted) === effect;
  });
}

async function settlesWithin(place: ToolsetPlace, outcome: Promise<unknown>, milliseconds: number): Promise<boolean> {
  const settled = outcome.then(
    () => true,
    () => true,
  );
  return Promise.race([settled, place.elapse(milliseconds).then(() => false)]);
}

function toWords(error: unknown): string {
  return error instanceof Error ? error.message : "";
}
