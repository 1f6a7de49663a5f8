import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { AgentPlace } from "../../apps/cli/test/blackbox/agent-place.ts";
import type { DrivenTerminal } from "../../apps/cli/test/blackbox/driven-terminal.ts";

/** Keeps the screen as it is now under a name. */
export type Keep = (terminal: DrivenTerminal, name: string) => Promise<void>;

type Reply = Extract<Parameters<AgentPlace["model"]["script"]>[0], readonly unknown[]>[number];

const plan = `Here is the plan for **the garden**:

1. Look at what is there
2. Buy what is missing
   - seeds
   - *one* good spade
3. Begin on Saturday

| plant | rows | sow |
| :-- | --: | :-- |
| beans | 4 | May |
| carrots | 2 | from April on, in loose soil |

\`\`\`ts
const rows = plants.map((plant) => plant.rows);
\`\`\`

- [x] calendar read
- [ ] spade bought`;

const edit = 'files.edit {"path":"garden.md","old":"beans","new":"peas"}';

function say(text: string): Reply {
  return { text };
}

function call(...calls: readonly { readonly name: string; readonly arguments: Record<string, string> }[]): Reply {
  return { toolCalls: calls.map((each, index) => ({ id: `c${index}`, ...each })) };
}

/** True once nothing runs and nothing is written. */
function isIdle(text: string): boolean {
  return /\n>$/.test(text) && !/[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]/.test(text);
}

async function send(terminal: DrivenTerminal, text: string, answer: string): Promise<void> {
  terminal.enter(text);
  await terminal.untilAll((all) => all.includes(answer) && isIdle(all));
}

/** A chat of ten turns, with a tool, an ask, a cancel and a resume. */
export async function tenTurns({ chat, model, place }: AgentPlace, keep: Keep): Promise<void> {
  await writeFile(join(place.workspace, "garden.md"), "# Garden\n\nbeans\ncarrots\n");
  model.script([
    say("Good morning. What shall we do?"),
    { ...call({ name: "files.read", arguments: { path: "garden.md" } }), text: "I look." },
    call({ name: "files.read", arguments: { path: "tools.md" } }),
    { ...say("There are *beans* and *carrots*; there is no list of tools."), barrier: "read" },
    say(plan),
    { ...say("This would have been a very long story."), barrier: "story" },
    say("Peas it is."),
    say("Nothing else is in the file."),
    say("You asked for **peas**, and not for carrots to go."),
  ]);
  const terminal = await chat([], { columns: 78, rows: 26 });
  await send(terminal, "good morning", "What shall we do?");
  terminal.enter("what is in the garden, and which tools do we have?");
  await model.reached("read", 1);
  await terminal.until("✗ files.read");
  await keep(terminal, "tools");
  model.release("read");
  await terminal.untilAll((all) => all.includes("no list of tools") && isIdle(all));
  await send(terminal, "make a plan", "spade bought");
  await keep(terminal, "markdown");
  terminal.enter("tell me a long story");
  await model.reached("story", 1);
  terminal.enter("and then: peas instead of beans?");
  await terminal.until("queued: and then");
  await keep(terminal, "queued");
  terminal.type("\u0003");
  await terminal.untilAll((all) => all.includes("stopped") && all.includes("Peas it is.") && isIdle(all));
  await keep(terminal, "cancel");
  terminal.enter(edit);
  await terminal.until("[y]es once");
  await keep(terminal, "ask");
  terminal.enter("y");
  await terminal.untilAll((all) => all.includes("✓ files.edit") && isIdle(all));
  terminal.enter(edit.replaceAll("beans", "carrots"));
  await terminal.until("[y]es once");
  terminal.enter("n");
  await terminal.untilAll((all) => all.includes("✗ files.edit") && isIdle(all));
  await send(terminal, "what else is in it?", "Nothing else");
  terminal.enter("/exit");
  await terminal.finished;
  await keep(terminal, "ten-turns");
  const again = await chat([], { columns: 78, rows: 26 });
  await send(again, "what did I ask for?", "not for carrots");
  again.type("\u0012garden");
  await again.until("search: garden");
  await keep(again, "resume");
}

/** Calls that run. */
export async function running({ chat, model, place }: AgentPlace, keep: Keep): Promise<void> {
  await writeFile(join(place.workspace, "notes.md"), "notes\n");
  await place.configure({ tools: { suite: { use: fileURLToPath(new URL("../../apps/cli/test/blackbox/agent-suite-tool.ts", import.meta.url)) } } });
  model.script([{ ...call({ name: "files.list", arguments: {} }), text: "First I look around, then I run **all** tests." }, call({ name: "suite.run", arguments: { folder: "test" } })]);
  const terminal = await chat([], { columns: 78, rows: 14 });
  terminal.enter("run the tests");
  await terminal.until("12 of 40");
  terminal.type("I can write meanwhile");
  await terminal.until("I can write meanwhile");
  await keep(terminal, "running");
  terminal.type("\u0003");
  await terminal.until("stopped");
}

/** Twenty columns. */
export async function narrow({ chat, model }: AgentPlace, keep: Keep): Promise<void> {
  model.script([say("Yes: **twenty columns** are enough for words and for\n\n- lists that wrap\n- `code`")]);
  const terminal = await chat([], { columns: 20, rows: 24 });
  await send(terminal, "does this fit into twenty columns?", "code");
  terminal.type("a line that is longer than a row");
  await terminal.until("n a row");
  await keep(terminal, "narrow");
}

/** A gateway that is killed while a chat is joined to it, and comes back. */
export async function gatewayBack({ chat, gateway, model }: AgentPlace, keep: Keep): Promise<void> {
  const first = await gateway();
  model.script([{ ...say("lost"), barrier: "killed" }, say("Here I am again, and this is the answer.")]);
  const terminal = await chat([], { columns: 78, rows: 16 });
  terminal.enter("are you there?");
  await model.reached("killed", 1);
  terminal.type("what I write meanwhile stays");
  await first.kill();
  await terminal.until("the gateway went away");
  await gateway();
  await terminal.until("this is the answer.");
  await keep(terminal, "gateway-back");
}

/** A long paste is one message. */
export async function paste({ chat, model }: AgentPlace, keep: Keep): Promise<void> {
  model.script([say("That are 12,345 lines, and line 7 is odd.")]);
  const terminal = await chat([], { columns: 78, rows: 14 });
  terminal.type("which line is odd? ");
  terminal.paste(Array.from({ length: 12_345 }, (_, index) => `line ${index}`).join("\n"));
  await terminal.until("12,345 lines]");
  await send(terminal, "", "is odd.");
  terminal.paste("x".repeat(2_000_000));
  await terminal.until("name the file");
  await keep(terminal, "paste");
}
