import { mkdir, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { AgentPlace } from "../../apps/cli/test/blackbox/agent-place.ts";
import type { Keep } from "./scenes.ts";
import { createAgentPlace } from "../../apps/cli/test/blackbox/agent-place.ts";
import { gatewayBack, narrow, paste, running, tenTurns } from "./scenes.ts";
import { toScreenSvg } from "./screen-svg.ts";

/**
 * Records the screens of docs/chat.md: drives the built program in a terminal
 * and keeps what stands there, as a text and as a picture. Run it after a
 * build: node --conditions=@omni/source tooling/record/main.ts
 */
const folder = fileURLToPath(new URL("../../docs/screens/", import.meta.url));

/** A running spinner is at any of its pictures, and a slow machine takes seconds: both are left out. */
function toSteady(text: string): string {
  return text.replaceAll(/[⠙⠹⠸⠼⠴⠦⠧⠇⠏]/g, "⠋").replaceAll(/ \d+ s(?=$| \{)/gm, "");
}

const keep: Keep = async (terminal, name) => {
  const isOver = name === "ten-turns";
  await writeFile(`${folder}${name}.txt`, `${toSteady(isOver ? terminal.all() : terminal.screen())}\n`);
  // A whole conversation is longer than a picture should be.
  if (!isOver) await writeFile(`${folder}${name}.svg`, toScreenSvg(terminal.emulator, toSteady));
};

async function record(scene: (place: AgentPlace, keep: Keep) => Promise<void>): Promise<void> {
  const place = await createAgentPlace();
  try {
    await scene(place, keep);
  } finally {
    await place.dispose();
  }
}

await mkdir(folder, { recursive: true });
for (const scene of [tenTurns, running, narrow, gatewayBack, paste]) await record(scene);
