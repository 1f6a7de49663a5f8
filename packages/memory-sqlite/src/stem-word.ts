import { toBaseWord } from "./irregular-words.ts";

/** A consonant and a vowel as the algorithm sees them: `y` after a consonant is a vowel. */
const consonants = "[^aeiou][^aeiouy]*";
const vowels = "[aeiouy][aeiou]*";
const hasMeasureAboveZero = new RegExp(`^(?:${consonants})?${vowels}${consonants}`);
const hasMeasureOne = new RegExp(`^(?:${consonants})?${vowels}${consonants}(?:${vowels})?$`);
const hasMeasureAboveOne = new RegExp(`^(?:${consonants})?${vowels}${consonants}${vowels}${consonants}`);
const hasVowel = new RegExp(`^(?:${consonants})?[aeiouy]`);
const endsShort = new RegExp(`^${consonants}[aeiouy][^aeiouwxy]$`);

/** Endings of the second and third step with what takes their place. */
const secondEndings: Readonly<Record<string, string>> = {
  ational: "ate", tional: "tion", enci: "ence", anci: "ance", izer: "ize", bli: "ble", alli: "al", entli: "ent", eli: "e", ousli: "ous",
  ization: "ize", ation: "ate", ator: "ate", alism: "al", iveness: "ive", fulness: "ful", ousness: "ous", aliti: "al", iviti: "ive", biliti: "ble", logi: "log",
};
const thirdEndings: Readonly<Record<string, string>> = { icate: "ic", ative: "", alize: "al", iciti: "ic", ical: "ic", ful: "", ness: "" };
const secondEnding = /^(.+?)(ational|tional|enci|anci|izer|bli|alli|entli|eli|ousli|ization|ation|ator|alism|iveness|fulness|ousness|aliti|iviti|biliti|logi)$/;
const thirdEnding = /^(.+?)(icate|ative|alize|iciti|ical|ful|ness)$/;
const fourthEnding = /^(.+?)(al|ance|ence|er|ic|able|ible|ant|ement|ment|ent|ou|ism|ate|iti|ous|ive|ize)$/;
const fourthIon = /^(.+?[st])ion$/;

/**
 * The stem of an English word by Porter's algorithm, so that `paintings`
 * finds `painted`, and of irregular forms, so that `go` finds `went`. Lower
 * case; words with other letters than a to z, and of fewer than three, come
 * back as they are.
 */
export function stemWord(word: string): string {
  if (word.length < 3 || !/^[a-z]+$/.test(word)) return word;
  return toLastStep(toEndings(toVerb(toSingular(toBaseWord(word)))));
}

function toSingular(word: string): string {
  if (word.endsWith("sses") || word.endsWith("ies")) return word.slice(0, -2);
  return word.endsWith("s") && !word.endsWith("ss") ? word.slice(0, -1) : word;
}

function toVerb(word: string): string {
  const stem = toVerbStem(word);
  return stem.endsWith("y") && stem.length > 1 && hasVowel.test(stem.slice(0, -1)) ? `${stem.slice(0, -1)}i` : stem;
}

function toVerbStem(word: string): string {
  if (word.endsWith("eed")) return hasMeasureAboveZero.test(word.slice(0, -3)) ? word.slice(0, -1) : word;
  const stem = /^(.+?)(?:ed|ing)$/.exec(word)?.[1];
  if (stem === undefined || !hasVowel.test(stem)) return word;
  if (/(?:at|bl|iz)$/.test(stem)) return `${stem}e`;
  if (/([^aeiouylsz])\1$/.test(stem)) return stem.slice(0, -1);
  return endsShort.test(stem) ? `${stem}e` : stem;
}

function toEndings(word: string): string {
  const second = replaceEnding(word, secondEnding, secondEndings);
  const third = replaceEnding(second, thirdEnding, thirdEndings);
  const stem = fourthEnding.exec(third)?.[1] ?? fourthIon.exec(third)?.[1];
  return stem !== undefined && hasMeasureAboveOne.test(stem) ? stem : third;
}

function replaceEnding(word: string, ending: RegExp, replacements: Readonly<Record<string, string>>): string {
  const [, stem = "", found = ""] = ending.exec(word) ?? [];
  return stem !== "" && hasMeasureAboveZero.test(stem) ? stem + (replacements[found] ?? "") : word;
}

function toLastStep(word: string): string {
  const stem = word.endsWith("e") ? word.slice(0, -1) : word;
  const isDropped = stem !== word && (hasMeasureAboveOne.test(stem) || (hasMeasureOne.test(stem) && !endsShort.test(stem)));
  const kept = isDropped ? stem : word;
  return kept.endsWith("ll") && hasMeasureAboveOne.test(kept) ? kept.slice(0, -1) : kept;
}
