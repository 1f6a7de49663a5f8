import { createFakeHost } from "@omni/testkit/fakes";
import { createLocalEmbedder, localEmbedderOptions } from "../src/index.ts";

// A program of its own: embeds one text, says how long the vector is, and closes nothing.
const embedder = createLocalEmbedder(localEmbedderOptions.parse({}), createFakeHost());
const [vector] = await embedder.embed(["Ada paints boats."], new AbortController().signal);
process.stdout.write(`${vector?.length}\n`);
