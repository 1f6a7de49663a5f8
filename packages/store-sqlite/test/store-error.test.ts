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
    ["SQLITE_CONSTRAINT_UNIQUE", "store.failed", false],
  ])("turn %s into %s", (code, expected, retryable) => {
    expect(toStoreError(raw(code), "omni.db")).toMatchObject({ code: expected, retryable });
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
