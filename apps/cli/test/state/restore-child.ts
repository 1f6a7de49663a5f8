import { restoreState } from "@omni/runtime";
import { openHome } from "./state-home.ts";

// A process that restores a backup and dies by SIGKILL right after its nth step.
const [home = "", file = "", last = "0", force = ""] = process.argv.slice(2);
let count = 0;
const opened = await openHome(home);
const step = (): void => {
  count += 1;
  if (count === Number(last)) process.kill(process.pid, "SIGKILL");
};
await restoreState({ ...opened, file, keepConfig: false, force: force === "force", version: "0.0.0", pid: process.pid, signal: new AbortController().signal, tell: () => undefined, step });
await opened.host.close();
process.exit(0);
