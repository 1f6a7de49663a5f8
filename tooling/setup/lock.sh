# One set-up of a clone at a time. To be sourced, with `state` and `say` set.
#
# The lock is a folder, because making one either succeeds or fails. It holds
# `pid`, the shell that sets up, and `child`, what that shell runs: as long as
# either lives the lock is held, so a killed shell whose installer still writes
# does not let a second one in.

lock=$state/lock
is_owner=no

is_alive() {
  [ -n "$1" ] && { kill -0 "$1" 2> /dev/null || ps -p "$1" > /dev/null 2>&1; }
}

take_lock() {
  patience=10 # seconds to wait for what should take no time
  said=no
  until try_lock; do
    if [ "$said" = no ] && [ "$holder" != unknown ]; then
      say "another set-up is running (process $holder); waiting for it. If there is none, remove $lock"
      said=yes
    fi
    sleep 1
  done
  is_owner=yes
}

# Makes the lock, or takes over a dead one; else fails and sets `holder`.
try_lock() {
  holder=unknown
  if mkdir "$lock" 2> /dev/null; then
    echo $$ > "$lock/pid"
    return 0
  fi
  read_line "$lock/pid" 2> /dev/null
  owner=$line
  read_line "$lock/child" 2> /dev/null
  if is_alive "$owner"; then holder=$owner && return 1; fi
  if is_alive "$line"; then holder=$line && return 1; fi
  # No pid yet: its owner is about to write it, unless it was killed just there.
  if [ -z "$owner" ] && [ "$patience" -gt 0 ]; then patience=$((patience - 1)) && return 1; fi
  take_over
}

# Of all that see the same dead owner one makes the folder and becomes the new owner.
take_over() {
  turn=$lock/after-$owner
  if ! mkdir "$turn" 2> /dev/null; then
    if [ "$patience" -gt 0 ]; then patience=$((patience - 1)); else rmdir "$turn" 2> /dev/null; fi
    return 1
  fi
  read_line "$lock/pid" 2> /dev/null
  if [ "$line" != "$owner" ]; then # it was taken over or made anew meanwhile
    rmdir "$turn" 2> /dev/null
    return 1
  fi
  rm -f "$lock/child"
  echo $$ > "$lock/pid.$$"
  mv "$lock/pid.$$" "$lock/pid"
  rmdir "$turn" 2> /dev/null
}

drop_lock() {
  if [ "$is_owner" = yes ]; then rm -rf "$lock"; fi
  is_owner=no
}
