/** How well one question was answered, each number in [0, 1]. */
export interface Metrics {
  readonly recall1: number;
  readonly recall5: number;
  readonly recall10: number;
  readonly recall20: number;
  readonly any10: number;
  readonly all10: number;
  readonly mrr: number;
  readonly ndcg10: number;
}

/** Names of the metrics with their titles, in the order they are printed. */
export const metricTitles: Readonly<Record<keyof Metrics, string>> = {
  recall1: "R@1",
  recall5: "R@5",
  recall10: "R@10",
  recall20: "R@20",
  any10: "any@10",
  all10: "all@10",
  mrr: "MRR",
  ndcg10: "nDCG@10",
};

/** Compares a ranking, best first, with what should be found. */
export function toMetrics(ranked: readonly string[], gold: readonly string[]): Metrics {
  const wanted = new Set(gold);
  const found = (most: number): number => ranked.slice(0, most).filter((id) => wanted.has(id)).length;
  const first = ranked.findIndex((id) => wanted.has(id));
  const gain = ranked.slice(0, 10).reduce((sum, id, index) => sum + (wanted.has(id) ? 1 / Math.log2(index + 2) : 0), 0);
  const ideal = Array.from({ length: Math.min(10, wanted.size) }, (_, index) => 1 / Math.log2(index + 2)).reduce((sum, each) => sum + each, 0);
  const share = (most: number): number => (wanted.size === 0 ? 0 : found(most) / wanted.size);
  return {
    recall1: share(1),
    recall5: share(5),
    recall10: share(10),
    recall20: share(20),
    any10: found(10) > 0 ? 1 : 0,
    all10: wanted.size > 0 && found(10) === wanted.size ? 1 : 0,
    mrr: first === -1 ? 0 : 1 / (first + 1),
    ndcg10: ideal === 0 ? 0 : gain / ideal,
  };
}

/** The mean of each metric; zeros for none. */
export function toMean(all: readonly Metrics[]): Metrics {
  const mean = (name: keyof Metrics): number => all.reduce((sum, each) => sum + each[name], 0) / Math.max(1, all.length);
  return {
    recall1: mean("recall1"),
    recall5: mean("recall5"),
    recall10: mean("recall10"),
    recall20: mean("recall20"),
    any10: mean("any10"),
    all10: mean("all10"),
    mrr: mean("mrr"),
    ndcg10: mean("ndcg10"),
  };
}

/** Metrics by group as a Markdown table, with how many questions each has. */
export function toMetricsTable(groups: readonly (readonly [name: string, all: readonly Metrics[]])[]): string {
  const names = Object.keys(metricTitles) as (keyof Metrics)[];
  const rows = groups.map(([name, all]) => {
    const mean = toMean(all);
    return `| ${name} | ${all.length} | ${names.map((each) => mean[each].toFixed(3)).join(" | ")} |`;
  });
  return [`| type | questions | ${names.map((name) => metricTitles[name]).join(" | ")} |`, `| --- | --- |${" --- |".repeat(names.length)}`, ...rows].join("\n");
}
