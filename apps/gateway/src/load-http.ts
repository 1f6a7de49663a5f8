/** Node's own HTTP. As an import its module would be read out whole, and with it all of the web platform's classes. */
export function loadHttp(): typeof import("node:http") {
  return process.getBuiltinModule("node:http");
}
