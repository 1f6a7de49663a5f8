import { describe, expect, it } from "vitest";
import { createFilesPlace } from "./files-place.ts";

describe("files.write", () => {
  it("makes and replaces a file whole", async () => {
    const place = createFilesPlace({});
    expect(await place.text("files.write", { path: "new/a.txt", content: "héllo\r\n" })).toBe("Made new/a.txt (8 B).");
    expect(place.content("new/a.txt")).toBe("héllo\r\n");
    expect(await place.text("files.write", { path: "new/a.txt", content: "" })).toBe("Replaced new/a.txt (0 B, before 8 B).");
    expect(place.content("new/a.txt")).toBe("");
  });

  it("writes no folder over and nothing outside", async () => {
    const place = createFilesPlace({ "src/a.ts": "" });
    expect(await place.text("files.write", { path: "src", content: "x" })).toBe("ERROR src is a folder; name a file in it.");
    await expect(place.call("files.write", { path: "../a", content: "x" })).rejects.toMatchObject({ code: "files.outside" });
  });

  it("writes nothing once its signal is aborted", async () => {
    const place = createFilesPlace({});
    await expect(place.call("files.write", { path: "a", content: "x" }, { signal: AbortSignal.abort(new Error("stopped")) })).rejects.toThrow("stopped");
    expect(place.content("a")).toBeUndefined();
  });
});
