/** Names a foreign program needs to run at all; none of them holds a secret. The rest of the environment is nobody's business. */
const inherited: ReadonlySet<string> = new Set([
  ...["PATH", "HOME", "USER", "LOGNAME", "SHELL", "TERM", "LANG", "LANGUAGE", "TZ", "TMPDIR", "TEMP", "TMP", "XDG_RUNTIME_DIR", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"],
  ...["SSL_CERT_FILE", "SSL_CERT_DIR", "NODE_EXTRA_CA_CERTS", "NVM_DIR", "NVM_BIN", "VOLTA_HOME"],
  ...["APPDATA", "HOMEDRIVE", "HOMEPATH", "LOCALAPPDATA", "PROCESSOR_ARCHITECTURE", "PROGRAMFILES", "SYSTEMDRIVE", "SYSTEMROOT", "USERNAME", "USERPROFILE", "COMSPEC", "PATHEXT"],
]);

/** Where programs are looked for when nobody said. */
const defaultPath = "/usr/local/bin:/usr/bin:/bin";

/** What a server may inherit of an environment: an allow list of names. Shell functions are left out. There is always a `PATH`. */
export function toServerEnvironment(environment: Readonly<Record<string, string | undefined>>): Readonly<Record<string, string>> {
  const kept = Object.entries(environment).filter((entry): entry is [string, string] => {
    const [name, value] = entry;
    return value !== undefined && !value.startsWith("()") && (inherited.has(name.toUpperCase()) || /^LC_[A-Z]+$/.test(name));
  });
  return { PATH: defaultPath, ...Object.fromEntries(kept) };
}
