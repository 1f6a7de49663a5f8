import type { Rule } from "./violation.ts";
import { conformanceTest } from "./rules/conformance-test.ts";
import { coreImportsNothing } from "./rules/core-imports-nothing.ts";
import { fileCycles, packageCycles } from "./rules/cycles.ts";
import { documentedExports } from "./rules/documented-exports.ts";
import { explicitIndex, noDefaultExports } from "./rules/export-lists.ts";
import { fileNames } from "./rules/file-names.ts";
import { implementationNames } from "./rules/implementation-names.ts";
import { importArrows } from "./rules/import-arrows.ts";
import { lazyGateway } from "./rules/lazy-gateway.ts";
import { manifestArrows } from "./rules/manifest-arrows.ts";
import { manifestFields } from "./rules/manifest-fields.ts";
import { moduleState } from "./rules/module-state.ts";
import { namesFromFolders } from "./rules/names-from-folders.ts";
import { agentsPage, readme } from "./rules/pages.ts";
import { processAndConsole } from "./rules/process-and-console.ts";
import { rawHost } from "./rules/raw-host.ts";
import { fileSize, functionSize, parameterCount } from "./rules/sizes.ts";
import { noAny, noModuleMocks, noNonNull, noSilencing } from "./rules/type-escapes.ts";

/** The law of the house, as far as a script can see it. */
export const rules: readonly Rule[] = [
  manifestArrows,
  importArrows,
  coreImportsNothing,
  implementationNames,
  fileCycles,
  packageCycles,
  conformanceTest,
  namesFromFolders,
  lazyGateway,
  processAndConsole,
  moduleState,
  rawHost,
  fileSize,
  functionSize,
  parameterCount,
  noAny,
  noNonNull,
  noSilencing,
  noModuleMocks,
  fileNames,
  noDefaultExports,
  explicitIndex,
  documentedExports,
  readme,
  manifestFields,
  agentsPage,
];
