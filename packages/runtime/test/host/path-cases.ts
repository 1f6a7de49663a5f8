/** What is made before a case; `outside` is a folder beside the workspace with a file `secret`. */
export type PathSetup = "none" | "file-link" | "folder-link" | "dangling-link" | "hard-link" | "fifo" | "socket" | "no-rights";

/** One path with the verdict wanted for reading and writing. `literal` names a file of exactly that name, inside. */
export interface PathCase {
  readonly id: string;
  readonly input: string;
  readonly setup: PathSetup;
  readonly verdict: "allowed" | "denied";
  readonly why: string;
}

const allowed = (id: string, input: string, why: string): PathCase => ({ id, input, setup: "none", verdict: "allowed", why });
const denied = (id: string, input: string, why: string, setup: PathSetup = "none"): PathCase => ({ id, input, setup, verdict: "denied", why });

/**
 * Attacks on paths and their controls. `{WS}` is the workspace. Policy's part
 * (files that are asked about) and archives are not here: they are decided
 * elsewhere.
 */
export const pathCases: readonly PathCase[] = [
  allowed("PA-002", "./notes.txt", "dot"),
  allowed("PA-003", "a/b/c.txt", "nested"),
  allowed("PA-004", "a//b///c.txt", "double slashes"),
  allowed("PA-005", "a/./b/../c.txt", "inner .. that stays inside is resolved as text"),
  allowed("PA-008", "...", "three dots"),
  allowed("PA-010", "caf\u00E9.txt", "composed"),
  allowed("PA-010b", "cafe\u0301.txt", "decomposed is another name"),
  allowed("PA-012", "file with spaces.txt", "spaces"),
  allowed("PA-012b", "\u{1F468}\u200D\u{1F469}\u200D\u{1F467}.txt", "joined emoji"),
  allowed("PA-012c", "{WS}/absolute.txt", "absolute inside"),
  denied("PA-014", "a/../../outside.txt", "nested parent"),
  denied("PA-015", "./a/./b/../../../outside.txt", "mixed"),
  denied("PA-018", "{WS}-evil/x", "sibling with the same beginning"),
  denied("PA-020", "~/.ssh/id_rsa", "tilde"),
  denied("PA-021", "~root/.bashrc", "tilde of a user"),
  denied("PA-022", "$HOME/.ssh/id_rsa", "variable"),
  denied("PA-022b", "${HOME}/.ssh/id_rsa", "variable in braces"),
  denied("PA-023", "file:///etc/passwd", "file URL"),
  denied("PA-024", "\\\\?\\C:\\Windows\\win.ini", "device path of another system"),
  denied("PA-025", "C:\\Windows\\win.ini", "drive"),
  denied("PA-025b", "C:/Windows/win.ini", "drive with slashes"),
  denied("PA-030", "a\nb", "newline"),
  denied("PA-030b", "a\u0000b", "NUL"),
  denied("PA-030c", "\u001B[2Ja", "escape sequence"),
  denied("PA-031", "a/\u202Egnp.exe", "reordered text"),
  denied("PA-032", "a/\u200Bnotes", "space without width"),
  denied("PA-033", "x".repeat(256), "a part of 256 bytes"),
  denied("PA-034", "dir/".repeat(1_250) + "x", "a path of 5,000 bytes"),
  allowed("PA-037", "..%2foutside.txt", "percent is literal"),
  allowed("PA-039", "..%252foutside.txt", "double percent is literal"),
  allowed("PA-040", "\uFF0E\uFF0E/outside.txt", "full-width dots are literal"),
  allowed("PA-041", "\u2025/outside.txt", "two-dot leader is literal"),
  denied("PA-043", "flink", "link to a file outside", "file-link"),
  denied("PA-044", "link/secret", "link to a folder outside", "folder-link"),
  denied("PA-046", "dangling", "link to a file outside that is not there", "dangling-link"),
  denied("PA-050", "hard", "second name of a file outside", "hard-link"),
  denied("PA-053", "fifo", "named pipe", "fifo"),
  denied("PA-054", "sock", "socket", "socket"),
  denied("PA-056", "noperm", "no rights for anybody", "no-rights"),
  denied("PA-058", "/proc/self/root/etc/passwd", "the root by another name"),
  denied("PA-061", "/dev/stdin", "standard input"),
  denied("PA-062", "/dev/fd/0", "descriptor"),
  denied("PA-063", "/dev/zero", "endless device"),
  denied("PA-064", "/dev/tcp/127.0.0.1/80", "a shell's own device"),
  denied("PA-074", "/root/.bashrc", "absolute outside"),
];
