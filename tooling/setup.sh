#!/bin/sh
# Sets a clone up, step by step, and then does what was asked.
#
#   sh tooling/setup.sh run ARGUMENTS    packages and build, then the command line (this is ./omni)
#   sh tooling/setup.sh test ARGUMENTS   packages, then the tests; arguments go to vitest (this is npm test)
#   sh tooling/setup.sh again            both steps anew, whatever the stamps say (./omni --setup)
#
# Needs git's files, Node 18 or newer and npm. Everything else is brought by the
# steps: the pinned pnpm through npx, the pinned Node as a package. Each step
# leaves its stamp in .omni-setup/ once it is done, so a run that failed or was
# killed goes on where it stopped. Two at once are fine: one works, one waits.
# All words go to standard error, the details to .omni-setup/setup.log.
set -u

case $0 in
  tooling/setup.sh) root=. ;;
  */tooling/setup.sh) root=${0%/tooling/setup.sh} ;;
  */*) root=${0%/*}/.. ;;
  *) root=.. ;;
esac
. "$root/tooling/setup/stamps.sh"
. "$root/tooling/setup/lock.sh"

log=$state/setup.log
child=
ticker=

say() { echo "omni: $*" >&2; }

fail() {
  say "$*"
  exit 1
}

# Ends what runs, gives the lock back. Every way out comes through here.
finish() {
  if [ -n "$ticker" ]; then end_ticker; fi
  if [ -n "$child" ]; then end_child; fi
  drop_lock
}

# By force: a signal that can be caught is lost on a subshell just started, which
# still has the handlers of its parent.
end_ticker() {
  kill -9 "$ticker" 2> /dev/null
  wait "$ticker" 2> /dev/null
  ticker=
}

# An installer that writes on must not outlive the lock. `wait` alone returns
# early in some shells while a signal is being handled.
end_child() {
  kill "$child" 2> /dev/null
  for _ in 1 2 3 4 5; do
    wait "$child" 2> /dev/null
    kill -0 "$child" 2> /dev/null || break
    sleep 1
  done
  kill -9 "$child" 2> /dev/null
  child=
}

# Says every few seconds that a step still runs, with the last line of the log.
tick() {
  seconds=0
  while sleep 5 < /dev/null > /dev/null 2>&1 && kill -0 $$ 2> /dev/null; do
    seconds=$((seconds + 5))
    say "  $seconds s: $(grep . "$log" | tail -n 1 | cut -c 1-100)"
  done
}

# step NAME WORDS MEND COMMAND…: runs the command into the log.
step() {
  name=$1 words=$2 mend=$3
  shift 3
  say "$words…"
  started=$(date +%s)
  echo "== $name" >> "$log"
  "$@" < /dev/null >> "$log" 2>&1 &
  child=$!
  echo "$child" > "$lock/child"
  tick &
  ticker=$!
  wait "$child"
  code=$?
  child=
  end_ticker
  rm -f "$lock/child"
  if [ "$code" -ne 0 ]; then
    grep -v 'Unsupported engine' "$log" | tail -n 15 | sed 's/^/  | /' >&2
    if grep -q ERR_PNPM_OUTDATED_LOCKFILE "$log"; then
      mend="pnpm-lock.yaml does not fit a package.json: run npx $package_manager install here"
    fi
    say "the step '$name' failed with code $code; the whole log is $log"
    fail "$mend; then give the same command again, it goes on at this step."
  fi
  say "  done in $(($(date +%s) - started)) s"
}

# stamp FILE LINE: written whole or not at all.
stamp() {
  echo "$2" > "$state/$1.new" && mv "$state/$1.new" "$state/$1"
}

# has_version COMMAND MAJOR MINOR: true when this Node starts and is at least that new.
has_version() {
  version=$("$1" -v 2> /dev/null) || return 1
  version=${version#v}
  major=${version%%.*}
  minor=${version#*.}
  minor=${minor%%.*}
  case $major$minor in '' | *[!0-9]*) return 1 ;; esac
  [ "$major" -gt "$2" ] || { [ "$major" -eq "$2" ] && [ "$minor" -ge "$3" ]; }
}

# Takes what npm puts in front out of PATH: there, `node` is the pinned one.
use_system_path() {
  rest=$PATH:
  PATH=
  while [ -n "$rest" ]; do
    case ${rest%%:*} in
      '' | */node_modules/.bin) ;;
      *) PATH=${PATH:+$PATH:}${rest%%:*} ;;
    esac
    rest=${rest#*:}
  done
}

# Finds the Node to run on once, so that no start has to try it again.
choose_node() {
  pinned=node_modules/node/bin/node
  if has_version "$root/$pinned" 22 13; then
    stamp node "$pinned"
  elif has_version node 22 13; then
    say "the pinned Node does not start here; using $(command -v node) $(node -v)"
    stamp node "$(command -v node)"
  else
    fail "the pinned Node ($root/$pinned) does not start on this system, and the system's own is $(node -v 2> /dev/null || echo missing). Install Node 22.13 or newer, then give the same command again."
  fi
  read_node || fail "the chosen Node, $line, is not executable."
}

# Sets `package_manager` to what package.json pins, such as pnpm@10.34.9.
read_package_manager() {
  package_manager=
  while IFS= read -r line; do
    case $line in *'"packageManager"'*)
      package_manager=${line#*:*\"}
      package_manager=${package_manager%%[\"+]*}
      ;;
    esac
  done < "$root/package.json"
  [ -n "$package_manager" ] || fail "package.json names no packageManager; restore it with git."
}

# The bodies of steps. `step` runs each in a subshell in the background, which
# `exec` makes the very process that is waited for, or ended.

# --prefix: the registry is this clone's, not that of the folder one stands in.
fetch_package_manager() {
  exec npx --prefix "$root" --yes --prefer-offline --package="$package_manager" -c 'command -v pnpm' > "$state/pnpm"
}

# Started directly and not by npx, which would leave it behind when it is ended.
# --prod=false: also where NODE_ENV says production; the build needs its tools.
run_package_manager() {
  read_line "$state/pnpm"
  exec "$line" -C "$root" install --frozen-lockfile --prefer-offline --prod=false \
    --reporter=append-only --config.confirm-modules-purge=false
}

# tsup takes its folder from where it stands: the subshell goes there, we do not.
bundle() {
  case $node in /*) ;; *) node=$(cd "$root" && pwd)/${node#"$root"/} ;; esac
  cd "$root/apps/cli" && exec "$node" ../../node_modules/tsup/dist/cli-default.js
}

install_packages() {
  if ! has_version node 18 0 || ! command -v npx > /dev/null; then
    fail "setting up needs Node 18 or newer with npm; this machine has $(node -v 2> /dev/null || echo no Node). Get it from https://nodejs.org, then give the same command again."
  fi
  read_package_manager
  online="See that the registry ($(npm --prefix "$root" config get registry 2> /dev/null)) can be reached and the disk has room"
  step fetch "fetching $package_manager" "$online" fetch_package_manager
  step install "installing packages (about half a minute, once)" "$online" run_package_manager
  choose_node
  stamp install "$inputs"
}

build_program() {
  step build "building the command line" "Mend what the compiler names, or take a revision that builds" bundle
  stamp build "$revision $inputs"
}

# set_up build|packages: whatever is not yet done, under the lock.
set_up() {
  mkdir -p "$state" 2> /dev/null && [ -w "$state" ] || fail "$state cannot be written; set up as the owner of this folder."
  trap finish EXIT
  trap 'exit 129' HUP
  trap 'exit 130' INT
  trap 'exit 143' TERM
  take_lock
  use_system_path
  if [ "$again" = yes ]; then rm -f "$state/install" "$state/build"; fi
  # Only now: whoever held the lock may have done it all.
  read_inputs
  read_revision
  if ! is_installed; then
    : > "$log"
    rm -f "$state/install" "$state/build"
    install_packages
  fi
  if [ "$1" = build ] && ! is_built; then build_program; fi
  finish
  trap - EXIT HUP INT TERM
}

again=no
task=${1-}
if [ $# -gt 0 ]; then shift; fi
case $task in
  run)
    set_up build
    exec "$node" "$root/apps/cli/dist/main.js" "$@"
    ;;
  again)
    again=yes
    set_up build
    say "set up."
    ;;
  test)
    read_inputs
    if ! is_installed; then set_up packages; fi
    # Programs that tests start by the name of `node` run on the same one.
    PATH=$(cd "${node%/*}" && pwd):$PATH
    export PATH
    exec "$node" "$root/node_modules/vitest/vitest.mjs" run --root "$root" "$@"
    ;;
  *)
    say "usage: sh tooling/setup.sh run|test|again [arguments]"
    exit 2
    ;;
esac
