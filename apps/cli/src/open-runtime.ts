import type { Host, JsonObject } from "@omni/core";
import type { Config, Registry, Runtime } from "@omni/runtime";
import { createRegistry, createRuntime } from "@omni/runtime";
import { table } from "@omni/preset-default";
import type { CommandCall, CommandContext } from "./command-spec.ts";
import type { PreparedCommand } from "./prepare-command.ts";
import { prepareCommand, tellWarnings } from "./prepare-command.ts";

/** Longest that freeing everything may take at the end, in milliseconds. */
const closeMs = 5_000;

/** Longest that summing up earlier turns may hold up the end of a command, in milliseconds: what is broken off is begun again by the next, so a session that lives by single commands would never get through. */
const restMs = 15_000;
/** When a person who waits for it is told why, in milliseconds. */
const tellMs = 1_000;

/** A composed runtime with what it was made from. */
export interface OpenRuntime {
  readonly config: Config;
  readonly registry: Registry;
  readonly host: Host;
  readonly runtime: Runtime;
  /** Lets what a turn has begun in the background come to its end, for fifteen seconds or until a signal comes. */
  rest(): Promise<void>;
  /** Frees everything; does not wait longer than five seconds for a part that hangs. */
  close(): Promise<void>;
}

/** What a command wants of its runtime. */
export interface OpenOptions {
  /** What kind of process this is, for people who look at who owns what. */
  readonly kind: string;
  /** Command-line flags in the shape of `omni.json`. */
  readonly overrides?: JsonObject;
}

/** Composes the runtime of a command. Warnings of the configuration are told on stderr. */
export async function openRuntime(call: CommandCall, context: CommandContext, options: OpenOptions): Promise<OpenRuntime> {
  const prepared = await prepareCommand(call, context, options.overrides);
  const opened = await composeRuntime(prepared, context, options.kind);
  await tellWarnings(prepared, call, context);
  return opened;
}

/** Composes a runtime of what was prepared; the host is closed with it, also when it cannot be made. */
export async function composeRuntime({ config, host }: PreparedCommand, context: CommandContext, kind: string): Promise<OpenRuntime> {
  const registry = createRegistry(table);
  try {
    const runtime = await createRuntime({ config, registry, host, process: { kind, pid: context.terminal.pid } });
    const shut = async (): Promise<void> => {
      await runtime.close();
      await host.close();
    };
    return { config, registry, host, runtime, rest: () => rest(runtime, context), close: () => within(closeMs, shut(), context) };
  } catch (error) {
    await host.close();
    throw error;
  }
}

/** Opens a runtime, runs the body, and frees the runtime however the body ends. */
export async function withRuntime<Result>(
  call: CommandCall,
  context: CommandContext,
  options: OpenOptions,
  body: (opened: OpenRuntime) => Promise<Result>,
): Promise<Result> {
  const opened = await openRuntime(call, context, options);
  try {
    return await body(opened);
  } finally {
    await opened.close();
  }
}

async function rest(runtime: Pick<Runtime, "rest">, context: CommandContext): Promise<void> {
  const { errors, after, onSignal } = context.terminal;
  const stopped = Promise.withResolvers<void>();
  const forget = onSignal(() => stopped.resolve());
  const callOff = after(tellMs, () => void (errors.isTerminal && errors.write("Earlier turns of the session are being summed up; Ctrl-C leaves that for another time.\n")));
  await Promise.race([within(restMs, runtime.rest(), context), stopped.promise]).finally(() => {
    forget();
    callOff();
  });
}

async function within(milliseconds: number, work: Promise<void>, { terminal }: CommandContext): Promise<void> {
  const late = Promise.withResolvers<void>();
  const callOff = terminal.after(milliseconds, late.resolve);
  await Promise.race([work, late.promise]).finally(callOff);
}
