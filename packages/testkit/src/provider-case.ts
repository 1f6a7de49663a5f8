import type { Provider } from "@omni/core";
import type { ContractCase } from "./contract.ts";
import type { ProviderPlace } from "./provider-place.ts";

/** A case that is given a provider and its endpoint, and leaves nothing behind. */
export function providerCase(id: string, title: string, needs: string | undefined, body: (provider: Provider, place: ProviderPlace) => Promise<void>): ContractCase<ProviderPlace> {
  return {
    id,
    title,
    ...(needs === undefined ? {} : { needs }),
    async run(create) {
      const place = await create();
      try {
        const provider = await place.create();
        try {
          await body(provider, place);
        } finally {
          await provider.close();
        }
      } finally {
        await place.dispose();
      }
    },
  };
}
