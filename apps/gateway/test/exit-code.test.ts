import { describe, expect, it } from "vitest";
import type { OmniErrorCode } from "@omni/core";
import { errorCodes } from "@omni/core";
import { toErrorExitCode } from "../../cli/src/exit-codes.ts";
import { toExitCode } from "../src/exit-code.ts";

const codes = (Object.keys(errorCodes) as OmniErrorCode[]).filter((code) => /^(?:usage|config|home|workspace|gateway|store|memory|embedder|channel|sandbox|spawn|files)\.|^internal$/.test(code));

describe("the exit code of a start that fails", () => {
  it.each(codes)("is that of omni gateway: %s", (code) => expect(toExitCode(code)).toBe(toErrorExitCode(code)));
});
