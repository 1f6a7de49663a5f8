/** Elements that are a block of their own: what stands before and after them is another paragraph. */
export const blockElements: ReadonlySet<string> = new Set(
  ("address article aside blockquote body caption center dd details dir div dl dt fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 header hgroup hr html legend li main menu nav ol p pre search section summary " +
    "table tbody td tfoot th thead title tr ul").split(" "),
);

/** Elements that have no content and no end tag. */
export const voidElements: ReadonlySet<string> = new Set("area base basefont bgsound br col embed frame hr img input link meta param source track wbr".split(" "));

/** Elements whose end tag may be left out, so that counting their tags shows no depth. */
export const looseElements: ReadonlySet<string> = new Set("body colgroup dd dt head html li optgroup option p rp rt tbody td tfoot th thead tr".split(" "));

/** Elements that show no words of their page. */
export const silentElements: ReadonlySet<string> = new Set("audio button canvas datalist dialog map math noframes object script select style svg template video".split(" "));

/** Elements that hold what leads elsewhere. */
export const navigationElements: ReadonlySet<string> = new Set(["nav", "menu"]);
