/**
 * English forms that no rule takes back to their base: verbs, and plurals of
 * people and bodies. Left out is what is more often another word (`rose`,
 * `bit`, `wound`) and what says only how one speaks (`was`, `did`, `said`).
 */
const pairs =
  "arose arise, arisen arise, ate eat, awoke awake, became become, began begin, begun begin, beaten beat, bent bend, bitten bite, bled bleed, blew blow, blown blow, bought buy, " +
  "broke break, broken break, brought bring, built build, came come, caught catch, children child, chose choose, chosen choose, crept creep, dealt deal, drank drink, drawn draw, drew draw, " +
  "driven drive, drove drive, drunk drink, dug dig, eaten eat, fallen fall, fed feed, feet foot, fell fall, felt feel, fled flee, flew fly, flown fly, forgave forgive, forgiven forgive, " +
  "forgot forget, forgotten forget, fought fight, found find, froze freeze, frozen freeze, gave give, geese goose, given give, gone go, got get, gotten get, grew grow, grown grow, heard hear, " +
  "held hold, hid hide, hidden hide, hung hang, kept keep, knelt kneel, knew know, knives knife, known know, laid lay, leapt leap, learnt learn, led lead, left leave, lent lend, lost lose, " +
  "made make, meant mean, men man, met meet, mice mouse, paid pay, proven prove, ran run, rang ring, ridden ride, risen rise, rode ride, rung ring, sang sing, sank sink, sat sit, saw see, " +
  "seen see, sent send, shaken shake, shone shine, shook shake, shot shoot, shown show, shrank shrink, slept sleep, slid slide, sold sell, sought seek, sped speed, spent spend, spoke speak, " +
  "spoken speak, spun spin, stole steal, stolen steal, stood stand, struck strike, stuck stick, sung sing, sunk sink, swam swim, swept sweep, swore swear, sworn swear, swum swim, swung swing, " +
  "taken take, taught teach, teeth tooth, thought think, threw throw, thrown throw, took take, tore tear, torn tear, understood understand, went go, wives wife, woke wake, woken wake, women woman, " +
  "won win, wore wear, worn wear, written write, wrote write";

const bases: ReadonlyMap<string, string> = new Map(pairs.split(", ").map((pair) => [pair.slice(0, pair.indexOf(" ")), pair.slice(pair.indexOf(" ") + 1)]));

/** The base of an irregular form (`went` gives `go`); any other word as it is. */
export function toBaseWord(word: string): string {
  return bases.get(word) ?? word;
}
