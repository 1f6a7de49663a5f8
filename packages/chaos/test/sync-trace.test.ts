import { expect, it } from "vitest";
import { findUnsynced } from "../src/world/sync-trace.ts";

const request = '12 read(20<socket:[1]>, "POST /message?wait=false HTTP/1.1\\r\\n"..., 65536) = 240';
const write = '12 pwrite64(23</h/state/omni.db-wal>, "7\\177\\6\\202"..., 4096, 0) = 4096';
const sync = "12 fsync(23</h/state/omni.db-wal>)         = 0";
const answer = '12 write(20<socket:[1]>, "HTTP/1.1 202 Accepted\\r\\n"..., 300) = 300';
const effect = '12 write(25</h/effects>, "{\\"nonce\\":"..., 60) = 60';
const post = '12 write(26<socket:[2]>, "POST / HTTP/1.1\\r\\n"..., 200) = 200';

const unsyncedOf = (...lines: readonly string[]): readonly string[] => findUnsynced(lines.join("\n")).unsynced.map(({ what, line }) => `${what} ${line}`);

it("what goes out after its sync is well", () => {
  expect(unsyncedOf(request, write, sync, answer, write, sync, effect, write, sync, post)).toEqual([]);
  expect(findUnsynced([request, write, sync, answer, effect].join("\n")).seen).toEqual(new Map([["acknowledged", 1], ["effect", 1]]));
});

it("an acknowledgement, an effect and a post before their sync are found", () => {
  expect(unsyncedOf(request, write, answer, sync)).toEqual(["acknowledged 3"]);
  expect(unsyncedOf(write, effect, sync)).toEqual(["effect 2"]);
  expect(unsyncedOf(write, post)).toEqual(["post 2"]);
});

it("a sync that failed, or of another file, is none; one that another call interrupted in the trace is one", () => {
  expect(unsyncedOf(write, "12 fsync(23</h/state/omni.db-wal>) = -1 EIO (Input/output error)", effect)).toEqual(["effect 3"]);
  expect(unsyncedOf(write, "12 fsync(29</h/state/memory.db-wal>) = 0", effect)).toEqual(["effect 3"]);
  expect(unsyncedOf(write, "12 fsync(23</h/state/omni.db-wal> <unfinished ...>", "12 <... fsync resumed>) = 0", effect)).toEqual([]);
});
