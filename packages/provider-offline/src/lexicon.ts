import { toStem } from "./fold-word.ts";

/** What a request wants done, as far as reading goes. `ask` is a question word, `show` any way of bringing something before the eyes. */
export type VerbConcept = "list" | "read" | "show" | "find" | "search" | "fetch" | "ask";

/** Things many tools are about, so that a request may call them by another word or in another language. */
export type NounConcept = "file" | "folder" | "line" | "memory" | "web";

const verbs: Readonly<Record<VerbConcept, string>> = {
  list: "list ls dir enumerate liste auflisten listar lista enumera lister enumerer",
  read: "read open cat say sagt steht dice dit lies lese lesen offne offnen lee leer abre abrir lis lire ouvre ouvrir",
  show: "show display view see print output give zeig zeige zeigen anzeigen muestra muestrame mostrar ensena ensename montre montrez montrer affiche afficher voir ver",
  find: "find locate where glob finde finden wo encuentra encontrar donde trouve trouver ou",
  search: "search grep look scan contain suche such suchen durchsuche durchsuchen busca buscar cherche chercher recherche",
  fetch: "fetch download get load retrieve hole lade abrufen descarga telecharge recupere",
  ask: "what which was welche welcher welches que cuales cual quels quelles quel qu",
};

const nouns: Readonly<Record<NounConcept, string>> = {
  file: "file document datei dateien dokument archivo archivos fichero ficheros fichier fichiers",
  folder: "folder directory dir workspace ordner verzeichnis carpeta carpetas directorio dossier dossiers repertoire",
  line: "line zeile zeilen linea lineas ligne lignes",
  memory: "memory memories gedachtnis erinnerung erinnerungen memoria memoire",
  web: "web internet online netz red",
};

/** Words that say nothing about what is wanted. `it`, `and` and `then` are no such words: they point to something else. */
const fillers =
  "the a an of in on at to from under inside within into this these those that there here me us my our your you i we all every any each current please now just is are do does did have has got be been for with named called content contents text exist stored everything name whole entire complete match so ok okay " +
  "der die das den dem des ein eine einen einem einer diesem dieser diesen dieses dies im ins am von vom aus auf in ist sind mir uns mich alle alles allen mein meine meinem meinen bitte mal hier es gibt nach inhalt du steht an sich befinden liegen namens den " +
  "el la los las un una unos unas de del en este esta estos estas me mi mis todos todas hay aqui favor por esta estan son contenido tienes tengo que llamado llamada " +
  "le la les l un une des du de d dans ce cet cette ces moi mes mon ma tous toutes ici il y a t est sont qu contenu s te plait vous";

/** Ways to begin that are manners. A request begins after them. */
const manners =
  "please tell hey hi hello omni ok okay now just kindly can could would will you i want need like to would'd id lets let me go ahead and " +
  "bitte hallo kannst konntest du mir mal ich mochte will por favor puedes podrias quiero hola puede s il te vous plait peux tu pouvez pourrais je veux voudrais bonjour";

/** Words that turn a request round. A message with one of them is never acted on. */
const negations = "not no never dont doesnt didnt cannot cant wont without except instead stop avoid nicht kein keine keinen nie ohne sin nunca jamais pas sans ne excepto ausser";

/** Words after which comes what to search for. */
const introducers = "for about contain mention nach uber con pour sobre apres contient contiene contienen contiennent enthalt enthalten";

/** Words that name the kind of what is searched; the word itself comes after them. */
const termNouns = "word text string phrase term pattern wort palabra texto mot texte";

/** Words after which comes a place. */
const prepositions = "in under inside within of from across en dans im unter de aus von below on auf";

/** Verbs that need somebody who understands. With a file named, reading it is the part that works. */
const thinking =
  "summarise summarize explain describe analyse analyze review translate compare check count tldr outline interpret proofread critique understand zusammenfassen fasse erklare ubersetze prufe resume resumir resumer explica explique traduce traduis analyse beschreibe";

/** Commands of a shell that people type as words; each says by itself what it is about. */
const commands: Readonly<Record<string, readonly NounConcept[]>> = {
  ls: ["file", "folder"],
  dir: ["file", "folder"],
  cat: ["file"],
  grep: ["file"],
};

/** Words in place of a folder's name that are none: list them *in detail*, the folder *structure*. */
const manner = "structure tree hierarchy layout listing size settings options properties permissions icon colors colours detail details order reverse full total general short english german french spanish json markdown yaml color colour alphabetical deutsch detalle python bash java javascript typescript use git";

const verbOf: ReadonlyMap<string, VerbConcept> = toIndex(verbs);
const nounOf: ReadonlyMap<string, NounConcept> = toIndex(nouns);

/** A set of words that steers how a message is read. */
export type WordSet = "filler" | "manners" | "negation" | "introducer" | "termNoun" | "preposition" | "thinking" | "manner";

const sets: Readonly<Record<WordSet, ReadonlySet<string>>> = {
  filler: toSet(fillers),
  manners: toSet(manners),
  negation: toSet(negations),
  introducer: toSet(introducers),
  termNoun: toSet(termNouns),
  preposition: toSet(prepositions),
  thinking: toSet(thinking),
  manner: toSet(manner),
};

/** What a word asks for; undefined for a word that is no such verb. */
export function toVerb(word: string): VerbConcept | undefined {
  return verbOf.get(toStem(word)) ?? verbOf.get(word.toLowerCase());
}

/** What a word is about; undefined for a word of no group. */
export function toNoun(word: string): NounConcept | undefined {
  return nounOf.get(toStem(word));
}

/** What a shell command is about; undefined for a word that is none. */
export function toCommandNouns(word: string): readonly NounConcept[] | undefined {
  const command = word.toLowerCase();
  return Object.hasOwn(commands, command) ? commands[command] : undefined;
}

/** True for a word of the named set. */
export function isWord(set: WordSet, word: string): boolean {
  return sets[set].has(toStem(word));
}

function toSet(words: string): ReadonlySet<string> {
  return new Set(words.split(" ").map(toStem));
}

function toIndex<Concept extends string>(groups: Readonly<Record<Concept, string>>): ReadonlyMap<string, Concept> {
  const entries: [string, Concept][] = [];
  for (const concept in groups) for (const word of groups[concept].split(" ")) entries.push([toStem(word), concept]);
  return new Map(entries);
}
