/** Names of U+00A0 to U+00FF, in order (HTML 4). */
const latin =
  "nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg macr deg plusmn sup2 sup3 acute micro para middot cedil sup1 ordm raquo frac14 frac12 frac34 iquest " +
  "Agrave Aacute Acirc Atilde Auml Aring AElig Ccedil Egrave Eacute Ecirc Euml Igrave Iacute Icirc Iuml ETH Ntilde Ograve Oacute Ocirc Otilde Ouml times Oslash Ugrave Uacute Ucirc Uuml Yacute THORN szlig " +
  "agrave aacute acirc atilde auml aring aelig ccedil egrave eacute ecirc euml igrave iacute icirc iuml eth ntilde ograve oacute ocirc otilde ouml divide oslash ugrave uacute ucirc uuml yacute thorn yuml";

/** Greek letters from U+0391 and U+03B1; `.` where the block has a gap or a letter of another name. */
const greekCapitals = "Alpha Beta Gamma Delta Epsilon Zeta Eta Theta Iota Kappa Lambda Mu Nu Xi Omicron Pi Rho . Sigma Tau Upsilon Phi Chi Psi Omega";
const greekSmall = "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho sigmaf sigma tau upsilon phi chi psi omega";

/** Further names that pages use, each with its character. */
const others =
  "quot \" amp & lt < gt > apos ' OElig Œ oelig œ Scaron Š scaron š Yuml Ÿ fnof ƒ circ ˆ tilde ˜ ndash – mdash — lsquo ‘ rsquo ’ sbquo ‚ ldquo “ rdquo ” bdquo „ dagger † Dagger ‡ bull • hellip … permil ‰ prime ′ Prime ″ " +
  "lsaquo ‹ rsaquo › euro € trade ™ larr ← uarr ↑ rarr → darr ↓ harr ↔ lArr ⇐ rArr ⇒ hArr ⇔ forall ∀ part ∂ exist ∃ empty ∅ nabla ∇ isin ∈ notin ∉ prod ∏ sum ∑ minus − radic √ prop ∝ infin ∞ and ∧ or ∨ cap ∩ cup ∪ int ∫ " +
  "sim ∼ cong ≅ asymp ≈ ne ≠ equiv ≡ le ≤ ge ≥ sub ⊂ sup ⊃ sube ⊆ supe ⊇ loz ◊ check ✓ star ☆ excl ! num # dollar $ percnt % lpar ( rpar ) ast * plus + comma , period . sol / colon : semi ; equals = quest ? commat @ " +
  "lbrack [ rbrack ] lsqb [ rsqb ] bsol \\ lowbar _ grave ` lbrace { rbrace } lcub { rcub } vert | hyphen ‐";

/** Blanks, which a list of words cannot hold. */
const blanks: Readonly<Record<string, string>> = { Tab: "\t", NewLine: "\n", ensp: "\u2002", emsp: "\u2003", thinsp: "\u2009", zwnj: "\u200C", zwj: "\u200D", lrm: "\u200E", rlm: "\u200F" };

const named: ReadonlyMap<string, string> = new Map([
  ...toSequence(latin, 0xa0),
  ...toSequence(greekCapitals, 0x391),
  ...toSequence(greekSmall, 0x3b1),
  ...toPairs(others),
  ...Object.entries(blanks),
]);

/** Names that old pages write without the semicolon. */
const loose: ReadonlySet<string> = new Set(["amp", "lt", "gt", "quot", "nbsp"]);

const reference = /&(?:#\d{1,7}|#[xX][\dA-Fa-f]{1,6}|[A-Za-z][A-Za-z\d]{1,31}(?!=));?/g;

/** Text with its character references resolved: numeric ones, and the names that pages use. Unknown ones stay as they are written. */
export function decodeEntities(text: string): string {
  return text.includes("&") ? text.replaceAll(reference, toReferred) : text;
}

function toReferred(written: string): string {
  const isEnded = written.endsWith(";");
  const name = written.slice(1, isEnded ? -1 : undefined);
  if (/^#x/i.test(name)) return toCharacter(Number.parseInt(name.slice(2), 16));
  if (name.startsWith("#")) return toCharacter(Number.parseInt(name.slice(1), 10));
  return isEnded || loose.has(name) ? (named.get(name) ?? written) : written;
}

/** As browsers do: 128 to 159 are meant as windows-1252, and what is no character is U+FFFD. */
function toCharacter(code: number): string {
  if (code >= 0x80 && code < 0xa0) return new TextDecoder("windows-1252").decode(new Uint8Array([code]));
  if (code === 0 || code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) return "\uFFFD";
  return String.fromCodePoint(code);
}

function toSequence(names: string, first: number): readonly (readonly [string, string])[] {
  return names.split(" ").map((name, index) => [name, String.fromCodePoint(first + index)]);
}

function toPairs(words: string): readonly (readonly [string, string])[] {
  const list = words.split(" ");
  return Array.from({ length: list.length / 2 }, (_, index) => [list[index * 2] ?? "", list[index * 2 + 1] ?? ""]);
}
