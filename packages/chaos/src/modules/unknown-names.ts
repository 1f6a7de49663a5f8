import dns from "node:dns";
import { existsSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import type { LookupFunction } from "node:net";

/** Preloaded with `--import`: `model.invalid` is a name that nobody knows for as long as the file of `OMNI_CHAOS_NAMES` is there, and then this machine. What a resolver without a network takes for it is left out. */
const file = process.env["OMNI_CHAOS_NAMES"] ?? "";
const lookUp: LookupFunction = dns.lookup;

const lookup: LookupFunction = (host, options, callback) => {
  if (host !== "model.invalid") return lookUp(host, options, callback);
  if (!existsSync(file)) return lookUp("127.0.0.1", options, callback);
  const unknown = Object.assign(new Error(`getaddrinfo ENOTFOUND ${host}`), { code: "ENOTFOUND", syscall: "getaddrinfo", hostname: host });
  process.nextTick(() => callback(unknown, ""));
};

Object.assign(dns, { lookup });
syncBuiltinESMExports();
