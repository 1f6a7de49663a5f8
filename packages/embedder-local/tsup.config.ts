import { library } from "../../tsup.base.ts";

export default library({ index: "src/index.ts", "embedder-local-worker": "src/embedder-local-worker.ts" });
