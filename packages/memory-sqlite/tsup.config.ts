import { library } from "../../tsup.base.ts";

export default library({ index: "src/index.ts", "memory-sqlite-worker": "src/memory-sqlite-worker.ts" });
