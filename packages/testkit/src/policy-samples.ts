import type { PolicyRequest } from "@omni/core";

/** Paths that lead out of `/work/project`, or are not understood by everyone in the same way. */
export const outsidePaths: readonly string[] = [
  "..", "../x", "a/../../x", "./a/./b/../../../x", "a/../../project-evil/x", "/", "/etc/passwd", "/work", "/work/project-evil/x", "/work/project/../x", "//etc/passwd", "/work/Project/x", "/../etc/passwd",
  "/proc/self/root/etc/passwd", "/dev/stdin", "/dev/fd/0", "/dev/tcp/127.0.0.1/80", "~", "~/.ssh/id_rsa", "~root/.bashrc", "$HOME/.ssh/id_rsa", "${HOME}/x", "file:///etc/passwd", "FILE:/etc/passwd", "file:x",
  "C:\\Windows\\win.ini", "c:/Windows/win.ini", "\\\\?\\C:\\Windows\\win.ini", "..\\x", "a\\..\\..\\x", "a\0b", "\0", "../x\0.txt", "a\nb", "a\r", "a\u001b[2J", "a\u202egnp.exe", "a/\u200bnotes", "\ufeffa", "a\ud800",
  "https://example.com/x", `${"x".repeat(256)}.txt`, "d/".repeat(2_500),
];

/** Paths inside, though they do not look like it. */
export const insidePaths: readonly string[] = [
  "./notes.txt", "a/b/c.txt", "a//b///c.txt", "a/./b/../c.txt", "...", ".../x", "..a", "a..", "a/..b/c", "..%2foutside.txt", "..%252foutside.txt", "\uff0e\uff0e/outside.txt", "\u2025/outside.txt", "file with spaces.txt",
  "caf\u00e9.txt", "cafe\u0301.txt", "/work/project/notes.txt", "/work/project", "/work/./project//x", "/work/other/../project/x", "a~", "a/~/b", "routes/$id.tsx", "10:30 notes.txt", "👩‍👩‍👧.txt", "-rf", "*", "a\u00a0b",
];

/** Workspaces, and paths in them that are the gateway's: its home is `/home/omni`, its default workspace `/home/omni/workspace`. */
export const ownPaths: readonly (readonly [workspace: string, path: string])[] = [
  ["/home", "omni/state/omni.db"],
  ["/home", "omni/omni.json"],
  ["/home", "omni/mcp.json"],
  ["/home", "omni"],
  ["/home", "./x/../omni/state"],
  ["/home", "/home/omni/skills/x/SKILL.md"],
  ["/home", "omni/workspace-evil/x"],
  ["/home", "omni/workspace/../state/x"],
  ["/", "home/omni/state/secrets"],
  ["/home/omni", "state/omni.db"],
  ["/home/omni", "omni.json"],
  ["/home/omni/state", "omni.db"],
  ["/home/omni/skills", "x/SKILL.md"],
  ["/home/omni/workspace", "../state/omni.db"],
];

/** Spellings of hosts that are this machine, private or special networks, or hand out credentials; and what is no host at all. */
export const privateHosts: readonly string[] = [
  "localhost", "LOCALHOST", "localhost.", "localhost:8080", "foo.localhost", "ip6-localhost", "127.0.0.1", "127.0.0.1:80", "127.0.0.1.", "127.255.255.254", "127.1", "2130706433", "0x7f000001", "0x7f.1", "017700000001", "0177.0.0.1",
  "127.0x0.0.1", "0", "0.0.0.0", "10.0.0.1", "10.255.255.255", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254", "0xa9fea9fe", "2852039166", "100.64.0.1", "100.127.255.255", "192.0.2.1", "198.18.0.1", "224.0.0.1",
  "255.255.255.255", "192.0.0.192", "168.63.129.16", "metadata", "metadata.google.internal", "metadata.google.internal.", "printer", "printer.local", "db.internal", "router.lan", "nas.home.arpa", "::1", "[::1]", "[::1]:443", "::",
  "0:0:0:0:0:0:0:1", "::ffff:127.0.0.1", "[::ffff:7f00:1]", "::127.0.0.1", "[::ffff:a9fe:a9fe]", "fc00::1", "fdff::1", "fe80::1", "fe80::1%eth0", "febf::1", "fec0::1", "ff02::1", "64:ff9b::7f00:1", "64:ff9b:1::7f00:1", "2002:7f00:1::",
  "2001:0:0:0:0:0:80ff:fffe", "2001:db8::1", "5f00::1", "%31%32%37.0.0.1", "127%2e0%2e0%2e1", "１２７.0.0.1", "ⓛocalhost", "", " ", ".", "127.0.0.1#example.com", "127.0.0.1\\@example.com", "user@example.com", "http://127.0.0.1/",
  "example.com/../x", "exa mple.com", "example.com\0.evil.example", "4294967296", "999.1.1.1",
];

/** Public hosts, some of them the neighbours of private ranges. */
export const publicHosts: readonly string[] = [
  "example.org", "EXAMPLE.COM", "example.com:8443", "sub.example.com", "localhost.example.com", "notlocalhost.example", "internal.example.com", "11.0.0.1", "9.255.255.255", "172.15.255.255", "172.32.0.1", "192.167.255.255", "192.169.0.1",
  "169.253.255.255", "100.63.255.255", "100.128.0.1", "126.255.255.255", "128.0.0.1", "223.255.255.255", "8.8.8.8", "134744072", "2606:4700:4700::1111", "[2606:4700:4700::1111]:443", "::ffff:8.8.8.8", "bücher.example",
];

/** What is no request: other types, parts that are missing or of another type, and objects that throw when they are looked at. */
export function junkRequests(request: PolicyRequest): readonly unknown[] {
  const { action } = request;
  const angry = (): never => {
    throw new Error("looked at");
  };
  const hostile: unknown = new Proxy({}, { get: angry, has: angry, ownKeys: angry, getPrototypeOf: angry, getOwnPropertyDescriptor: angry });
  const without = (name: keyof PolicyRequest): unknown => Object.fromEntries(Object.entries(request).filter(([key]) => key !== name));
  return [
    undefined, null, true, 0, "", "request", [], {}, () => request, hostile,
    ...(["tool", "trusted", "effect", "action", "autonomy", "workspace", "principal"] as const).map(without),
    { ...request, action: hostile },
    { ...request, principal: hostile },
    { ...request, principal: { id: "owner", scopes: "chat" } },
    { ...request, principal: { id: "owner" } },
    { ...request, tool: 7 },
    { ...request, trusted: "yes" },
    { ...request, trusted: 1 },
    { ...request, workspace: ["/work/project"] },
    { ...request, action: "read" },
    { ...request, action: [] },
    { ...request, action: { ...action, paths: "a.txt" } },
    { ...request, action: { ...action, paths: [7] } },
    { ...request, action: { ...action, paths: [["a.txt"]] } },
    { ...request, action: { ...action, paths: { 0: "../x", length: 1 } } },
    { ...request, action: { ...action, hosts: [null] } },
    { ...request, action: { ...action, hosts: hostile } },
    { ...request, action: { ...action, argv: [{}] } },
    { ...request, action: { ...action, recipients: 1 } },
  ];
}
