import type { TurnOutcome } from "@omni/core";
import type { CommandCall } from "./command-spec.ts";
import type { ShownEvent } from "./shown-event.ts";
import type { Terminal } from "./terminal.ts";
import { createAnswerStream } from "./render/answer-stream.ts";
import { toErrorLine } from "./report-error.ts";
import { toProgressLine } from "./render/progress-line.ts";
import { toSafeTerminalText } from "./render/safe-text.ts";
import { toStyle } from "./render/style.ts";

/** Shows one turn: the answer on stdout, everything else on stderr. */
export interface TurnPrinter {
  next(event: ShownEvent): Promise<void>;
  end(outcome: TurnOutcome): Promise<void>;
}

/** As the flags and the outputs want it: one object with `--json`, streamed for a person, whole at the end for a program. */
export function createTurnPrinter(call: CommandCall, terminal: Terminal): TurnPrinter {
  const { output } = terminal;
  if (call.has("json")) return withProgress(call, terminal, async (outcome) => output.write(`${JSON.stringify(outcome)}\n`));
  const end = output.isTerminal ? createStreamed(terminal) : createWhole(terminal);
  return withProgress(call, terminal, end.end, end.next);
}

function withProgress(call: CommandCall, terminal: Terminal, end: TurnPrinter["end"], also?: TurnPrinter["next"]): TurnPrinter {
  const style = toStyle(terminal.errors, terminal.env);
  const isQuiet = call.has("quiet");
  return {
    async next(event) {
      await also?.(event);
      const line = isQuiet ? undefined : toProgressLine(event, style);
      if (line !== undefined) await terminal.errors.write(`${line}\n`);
    },
    async end(outcome) {
      await end(outcome);
      const { status, error } = outcome;
      if (error !== null && (status === "failed" || status === "cancelled")) await terminal.errors.write(`${toErrorLine(error.code, error.message)}\n`);
    },
  };
}

function createStreamed({ output }: Terminal): TurnPrinter {
  const stream = createAnswerStream();
  return {
    next: (event) => output.write(toSafeTerminalText(stream.next(event))),
    end: (outcome) => output.write(toSafeTerminalText(stream.end(outcome))),
  };
}

function createWhole({ output }: Terminal): TurnPrinter {
  return {
    next: async () => undefined,
    end: ({ output: text }) => output.write(text === "" || text.endsWith("\n") ? text : `${text}\n`),
  };
}
