import { Buffer } from "node:buffer";
import { describe, expect, it } from "vitest";
import { toBodyKind } from "../src/body-kind.ts";

describe("toBodyKind", () => {
  it.each([
    ["<p>x", "text/html; charset=utf-8", "html"],
    ["<p>x", "application/xhtml+xml", "html"],
    ["# x", "text/markdown", "text"],
    ["<html>", "text/plain", "text"],
    ["{}", "application/ld+json", "json"],
    ["{}", "application/problem+json; charset=utf-8", "json"],
    ["<rss>", "application/rss+xml", "xml"],
    ["<svg>", "image/svg+xml", "xml"],
    ["<!DOCTYPE html><p>x", "", "html"],
    ["<!-- x -->\n<html><p>x", "application/octet-stream", "html"],
    ["<html>the picture is gone", "image/png", "html"],
    ["<?xml version='1.0'?><a/>", "", "xml"],
    ["just words", "application/octet-stream", "text"],
    ["", "", "text"],
  ])("takes %j of type %j for %s", (body, claimed, kind) => {
    expect(toBodyKind(Buffer.from(body), claimed)).toEqual({ kind });
  });

  it.each([
    ["89504e470d0a1a0a", "text/html", { kind: "image", mimeType: "image/png" }],
    ["ffd8ffe0", "", { kind: "image", mimeType: "image/jpeg" }],
    ["474946383961", "application/octet-stream", { kind: "image", mimeType: "image/gif" }],
    ["524946460000000057454250", "image/png", { kind: "image", mimeType: "image/webp" }],
    ["255044462d312e37", "text/html", { kind: "binary", what: "a PDF document" }],
    ["504b0304", "text/plain", { kind: "binary", what: "a zip archive or an office document" }],
    ["68656c6c6f00776f726c64", "text/html", { kind: "binary", what: "binary data" }],
    ["0102030405060708", "application/x-thing", { kind: "binary", what: "binary data (application/x-thing)" }],
    ["68656c6c6f", "video/mp4", { kind: "binary", what: "binary data (video/mp4)" }],
    ["fffe68006900", "text/plain", { kind: "text" }],
    ["00680069", "text/plain; charset=utf-16be", { kind: "text" }],
  ])("judges the bytes %s of claimed type %j", (hex, claimed, kind) => {
    expect(toBodyKind(Buffer.from(hex, "hex"), claimed)).toEqual(kind);
  });
});
