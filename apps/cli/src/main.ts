#!/usr/bin/env node
import manifest from "../package.json" with { type: "json" };

// The version is asked for by scripts and monitors all the time: it is told before anything else is loaded.
if (process.argv.length === 3 && process.argv[2] === "--version") {
  process.stdout.write(`${manifest.version}\n`);
} else {
  const { start } = await import("./start.ts");
  await start(manifest.version);
}
