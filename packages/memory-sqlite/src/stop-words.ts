/** Stems of English words that say how one speaks and not of what, as `toWords` gives them. */
const english: RegExp =
  /^(?:a|about|after|all|also|am|an|and|ani|are|as|at|be|becaus|been|befor|being|but|by|can|could|d|did|do|doe|done|for|from|had|ha|have|he|her|here|hi|him|how|i|if|in|into|is|it|just|know|ll|m|me|more|most|my|no|nor|not|of|on|or|our|out|over|own|pleas|re|recal|rememb|remind|s|said|sai|so|some|such|t|tell|than|that|the|their|them|then|there|these|thei|thi|those|to|told|too|us|ve|veri|wa|we|were|what|when|where|which|while|who|whom|why|will|with|would|you|your)$/;

/** True for a word that a query is better off without. Other languages do without: what is common weighs little anyway, and leaving Chinese particles out found less. */
export function isStopWord(word: string): boolean {
  return english.test(word);
}

/** Stems of words by which one asks about a conversation as such. They may be meant, so they are weighed down and not left out. */
const framing: RegExp =
  /^(?:across|aspect|bring|brought|chat|comprehens|convers|detail|differ|discuss|item|list|mention|onli|order|provid|summar|summari|talk|through|throughout|up|variou|walk)$/;

/** True for a word that mostly says how one wants to be answered. */
export function isFramingWord(word: string): boolean {
  return framing.test(word);
}
