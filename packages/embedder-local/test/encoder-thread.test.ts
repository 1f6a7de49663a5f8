import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";

describe("startEncoderThread", () => {
  it("keeps no process alive that asks nothing of it", async () => {
    const module = fileURLToPath(new URL("../src/encoder-thread.ts", import.meta.url));
    const script = `const { startEncoderThread } = await import(${JSON.stringify(module)}); startEncoderThread({ replied() {}, ended() {} }); console.log("started");`;
    const { stdout } = await promisify(execFile)(process.execPath, ["--conditions=@omni/source", "--input-type=module", "-e", script], { timeout: 60_000 });
    expect(stdout).toBe("started\n");
  });
});
