import type { RecalledEpisode } from "@omni/core";

/** A memory that may be recalled, before it is read whole. */
export interface Candidate {
  readonly seq: number;
  readonly isExperience: boolean;
  readonly at: number;
  readonly similarity: number;
  readonly q: number;
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
}

/**
 * Orders what was found: the most similar experiences come into the second
 * phase, where what helped counts; what was said and what is so counts as of
 * utility 0.5, so that it is ordered by its similarity alone and still stands
 * beside experience. Nothing below the floor, the newer first of equals.
 *
 * What is known to hinder is given alone or not at all: the first experience
 * always, a further one from utility `leastBeside`. One outcome is the outcome
 * of all that was shown; shown beside others, what hinders spoils what they
 * come to and hides which of them it was. Shown alone, when what stood before
 * it has failed too, it is tried again, and the outcome is its own. Where
 * utility weighs nothing it leaves nothing out either.
 */
export function chooseRecalled(found: readonly Candidate[], choice: Choice): readonly Ranked[] {
  const fitting = found.filter(({ similarity }) => similarity > 0 && similarity >= choice.floor).sort(bySimilarity);
  let experiences = 0;
  const second = fitting.filter(({ isExperience }) => !isExperience || ++experiences <= choice.candidates);
  const ranked = second.map((each) => toRanked(each, choice.utilityWeight)).sort(byScore);
  const leastBeside = choice.utilityWeight === 0 ? 0 : (choice.leastBeside ?? 0);
  let given = 0;
  const isGiven = ({ isExperience, utility }: Ranked): boolean => !isExperience || ((given === 0 || utility >= leastBeside) && ++given <= choice.mostExperiences);
  return ranked.filter(isGiven).slice(0, Math.max(0, Math.floor(choice.limit)));
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
