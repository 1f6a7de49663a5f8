/** The part of picomatch that is used here; the package ships no types. */
declare module "picomatch" {
  function makeRe(glob: string, options?: { readonly dot?: boolean; readonly windows?: boolean; readonly maxLength?: number; readonly strictBrackets?: boolean }): RegExp;
  const picomatch: { readonly makeRe: typeof makeRe };
  export = picomatch;
}
