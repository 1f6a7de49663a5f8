import type { RecalledEpisode } from "@omni/core";

/** A memory that may be recalled, before it is read whole. */
export interface Candidate {
  readonly seq: number;
  readonly isExperience: boolean;
  readonly at: number;
  readonly similarity: number;
  readonly q: number;
  /** Outcomes it has had. */
  readonly uses: number;
}

/** A candidate with its place in the order. */
export interface Ranked extends Candidate, Pick<RecalledEpisode, "score" | "utility"> {}

/** How the second phase chooses. */
export interface Choice {
  readonly limit: number;
  readonly floor: number;
  /** Share of utility in the score of an experience. */
  readonly utilityWeight: number;
  /** Experiences that come into the second phase. */
  readonly candidates: number;
  /** Most experiences given. */
  readonly mostExperiences: number;
  /** Least utility of an experience that is given beside a better one; any where absent. */
  readonly leastBeside?: number;
  /** Most experiences without any outcome that are given where enough others have one; any number where absent. */
  readonly mostUntried?: number;
}

/** Experiences with an outcome among the candidates from which on the untried are chosen from: fewer do not show that outcomes are told here. */
const leastTried = 4;
/** Similarity by which an untried experience has to exceed one that has helped to be given beside it. */
const clearlyMore = 0.1;

/**
 * Orders what was found: the most similar experiences come into the second
 * phase, where what helped counts; what was said and what is so counts as of
 * utility 0.5, so that it is ordered by its similarity alone and still stands
 * beside experience. Nothing below the floor, the newer first of equals.
 *
 * One outcome is the outcome of all that was shown, so what is shown together
 * decides what is learned. What is known to hinder is given alone or not at
 * all: the first experience always, a further one from utility `leastBeside`.
 * Beside others it spoils what they come to and hides which of them it was;
 * alone, when what stood before it has failed too, it is tried again and the
 * outcome is its own. And where outcomes are told, what has none yet is tried
 * one by one (`mostUntried`), not beside an experience that has helped unless
 * it fits clearly better: what helps is not risked, and where most hinders,
 * one of them does less harm than three. Where utility weighs nothing it
 * leaves nothing out either.
 */
export function chooseRecalled(found: readonly Candidate[], choice: Choice): readonly Ranked[] {
  const fitting = found.filter(({ similarity }) => similarity > 0 && similarity >= choice.floor).sort(bySimilarity);
  let experiences = 0;
  const second = fitting.filter(({ isExperience }) => !isExperience || ++experiences <= choice.candidates);
  const ranked = second.map((each) => toRanked(each, choice.utilityWeight)).sort(byScore);
  const leastBeside = choice.utilityWeight === 0 ? 0 : (choice.leastBeside ?? 0);
  const mayTry = toTrials(ranked, choice);
  let given = 0;
  const isGiven = (each: Ranked): boolean => !each.isExperience || ((given === 0 || each.utility >= leastBeside) && given < choice.mostExperiences && mayTry(each) && ++given > 0);
  return ranked.filter(isGiven).slice(0, Math.max(0, Math.floor(choice.limit)));
}

/** Tells of one experience after the other whether it may be given, as far as it is untried. Where as many untried as others may be given, all may. */
function toTrials(ranked: readonly Ranked[], { mostUntried = Infinity, mostExperiences, utilityWeight }: Choice): (one: Ranked) => boolean {
  const experiences = ranked.filter(({ isExperience }) => isExperience);
  const [first] = experiences;
  if (first === undefined || utilityWeight === 0 || mostUntried >= mostExperiences || experiences.filter(isTried).length < leastTried) return () => true;
  const leastSimilarity = isTried(first) && first.utility > 0.5 ? first.similarity + clearlyMore : 0;
  let untried = 0;
  return (one) => isTried(one) || (one.similarity >= leastSimilarity && ++untried <= mostUntried);
}

function isTried({ uses }: Candidate): boolean {
  return uses > 0;
}

function toRanked(candidate: Candidate, weight: number): Ranked {
  const utility = candidate.isExperience ? candidate.q : 0.5;
  return { ...candidate, utility, score: (1 - weight) * candidate.similarity + weight * utility };
}

function bySimilarity(left: Candidate, right: Candidate): number {
  return right.similarity - left.similarity || byTime(left, right);
}

function byScore(left: Ranked, right: Ranked): number {
  return right.score - left.score || byTime(left, right);
}

function byTime(left: Candidate, right: Candidate): number {
  return right.at - left.at || right.seq - left.seq;
}
