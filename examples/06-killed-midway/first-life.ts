import { callReply, createScriptedProvider } from "@omni/testkit/fakes";
import { openRuntime } from "../temporary-home.ts";
import { message, settings } from "./task.ts";

/** The life that is killed: it takes the message, and its model calls the tool. */
const [home = "."] = process.argv.slice(2);
const { runtime } = await openRuntime(home, settings, createScriptedProvider([callReply([{ name: "post.send", arguments: {} }])]));
await (await runtime.submit(message)).outcome;
