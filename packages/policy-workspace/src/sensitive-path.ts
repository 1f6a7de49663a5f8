/** Files that usually hold keys. */
const secrets =
  /(?:^|\/)(?:\.env(?:\.[^/]*)?|\.envrc|\.netrc|\.npmrc|\.pypirc|\.pgpass|\.git-credentials|\.htpasswd|id_(?:rsa|dsa|ecdsa|ed25519)|credentials\.json|[^/]*\.(?:pem|key|p12|pfx|keystore|jks|kdbx))$|(?:^|\/)(?:\.ssh|\.gnupg|\.aws|\.kube|\.docker)(?:\/|$)/i;

/** Example files that are meant to be read. */
const samples = /\.(?:example|sample|template|dist)$/i;

/** Files that run later by themselves, or that models take for instructions. */
const acting =
  /(?:^|\/)(?:\.git|\.githooks|\.husky|\.vscode|\.idea|\.devcontainer|\.github\/workflows|\.cursor|\.claude)(?:\/|$)|(?:^|\/)(?:skill|agents|claude|gemini|memory|soul)\.md$|(?:^|\/)\.config\/(?:git|autostart|systemd)(?:\/|$)|(?:^|\/)(?:\.cursorrules|\.mcp\.json|\.gitconfig|\.gitmodules|\.gitlab-ci\.yml|\.(?:bash|zsh)(?:rc|_profile|_login|_logout|_aliases)|\.profile|\.zshenv|\.zprofile|\.zlogin|\.zlogout)$/i;

/** What is special about a path relative to the workspace. */
export type Sensitivity = "secret" | "acting" | undefined;

/** Judges a resolved path by its names. */
export function toSensitivity(path: string): Sensitivity {
  if (secrets.test(path) && !samples.test(path)) return "secret";
  return acting.test(path) ? "acting" : undefined;
}
