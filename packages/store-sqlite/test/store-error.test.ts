import { OmniError } from "@omni/core";
import { describe, expect, it } from "vitest";
import { toStoreError } from "../src/store-error.ts";

const raw = (code: string): Error => Object.assign(new Error("raw words"), { code });

describe("errors of the store", () => {
  it.each([
    ["SQLITE_FULL", "store.full", true],
    ["SQLITE_IOERR_WRITE", "store.full", true],
    ["SQLITE_IOERR_FSYNC", "store.full", true],
    ["SQLITE_IOERR_DIR_FSYNC", "store.full", true],
    ["SQLITE_IOERR_TRUNCATE", "store.full", true],
    ["ENOSPC", "store.full", true],
    ["SQLITE_BUSY", "store.busy", true],
    ["SQLITE_BUSY_RECOVERY", "store.busy", true],
    ["SQLITE_CORRUPT_INDEX", "store.corrupt", false],
    ["SQLITE_NOTADB", "store.corrupt", false],
    ["SQLITE_READONLY_DIRECTORY", "home.unwritable", false],
    ["SQLITE_READONLY_DBMOVED", "store.failed", false],
    ["SQLITE_CANTOPEN", "home.unwritable", false],
    ["EROFS", "home.unwritable", false],
    ["SQLITE_IOERR_READ", "store.failed", false],
    ["EIO", "store.failed", false],
    ["SQLITE_CONSTRAINT_UNIQUE", "store.failed", false],
  ])("turn %s into %s", (code, expected, retryable) => {
    expect(toStoreError(raw(code), "omni.db")).toMatchObject({ code: expected, retryable });
  });

  it.each(["SQLITE_IOERR_WRITE", "SQLITE_IOERR_FSYNC", "SQLITE_IOERR_TRUNCATE", "SQLITE_IOERR_READ", "EIO"])("say of a disk that refuses, %s, that it does, and promise nothing of what was being written", (code) => {
    const { message } = toStoreError(raw(code), "omni.db");
    expect(message).toContain("The disk refuses to read or write omni.db; what was being written may or may not be kept.");
    expect(message).toContain(code);
  });

  it.each(["SQLITE_FULL", "ENOSPC", "EDQUOT"])("say of a disk without space, %s, that nothing was written", (code) => {
    expect(toStoreError(raw(code), "omni.db").message).toContain("There is no space left to write omni.db; nothing was written.");
  });

  it("take memory that SQLite cannot have for no fault of the disk", () => {
    expect(toStoreError(raw("SQLITE_IOERR_NOMEM"), "omni.db").message).not.toContain("disk");
  });

  it("say where and what to do, keep the cause, and tell none of its words", () => {
    const cause = raw("SQLITE_CONSTRAINT_UNIQUE");
    const error = toStoreError(cause, "omni.db");
    expect(error.message).toContain("omni.db");
    expect(error.message).not.toContain("raw words");
    expect(error.cause).toBe(cause);
  });

  it("leave errors of Omni as they are and take whatever else is thrown", () => {
    const known = new OmniError("store.fenced", "late");
    expect(toStoreError(known, "omni.db")).toBe(known);
    expect(toStoreError("text", "omni.db")).toMatchObject({ code: "store.failed" });
    expect(toStoreError(undefined, "omni.db")).toMatchObject({ code: "store.failed" });
  });
});
