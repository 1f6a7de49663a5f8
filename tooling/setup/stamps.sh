# What was set up, and for what: read by ./omni at every start, so nothing here
# starts a process but one `cksum`. To be sourced, with `root` set.
#
#   .omni-setup/install   checksums of the files that decide what is installed
#   .omni-setup/build     the git revision that was built, then the same checksums
#   .omni-setup/node      the Node to run on; relative means from `root`

state=$root/.omni-setup

# Sets `inputs` to the checksums of what decides the packages.
read_inputs() {
  inputs=
  while read -r sum size _; do
    inputs="$inputs$sum-$size "
  done <<END
$(cksum "$root/pnpm-lock.yaml" "$root/package.json" "$root/pnpm-workspace.yaml")
END
  inputs=${inputs% }
}

# Sets `line` to the first line of a file, empty when there is none.
read_line() {
  line=
  if [ -r "$1" ]; then IFS= read -r line < "$1" || :; fi
}

# Sets `revision` to the commit that is checked out, or to `none` outside git.
read_revision() {
  revision=none
  git_folder=$root/.git
  if [ -f "$git_folder" ]; then # a linked worktree: one line that says where
    read_line "$git_folder"
    git_folder=${line#gitdir: }
    case $git_folder in /*) ;; *) git_folder=$root/$git_folder ;; esac
  fi
  read_line "$git_folder/HEAD"
  case $line in
    '') return 0 ;;
    'ref: '*) reference=${line#ref: } ;;
    *) revision=$line && return 0 ;;
  esac
  read_line "$git_folder/commondir"
  case $line in
    '') ;;
    /*) git_folder=$line ;;
    *) git_folder=$git_folder/$line ;;
  esac
  read_line "$git_folder/$reference"
  if [ -n "$line" ]; then revision=$line && return 0; fi
  if [ -r "$git_folder/packed-refs" ]; then
    while read -r commit name; do
      if [ "$name" = "$reference" ]; then revision=$commit && return 0; fi
    done < "$git_folder/packed-refs"
  fi
  # Other ways to keep references (reftable) are for git alone to read.
  if [ -d "$git_folder/reftable" ]; then revision=$(git -C "$root" rev-parse HEAD 2> /dev/null) || revision=none; fi
}

# Sets `node` to the Node that was found to start; fails when there is none.
read_node() {
  read_line "$state/node"
  case $line in
    '') return 1 ;;
    /*) node=$line ;;
    *) node=$root/$line ;;
  esac
  [ -x "$node" ]
}

# True when the packages of this lockfile are installed. Needs `inputs`.
is_installed() {
  read_line "$state/install"
  [ "$line" = "$inputs" ] && [ -f "$root/node_modules/.modules.yaml" ] && read_node
}

# True when this revision was built with these packages. Needs `inputs` and `revision`.
is_built() {
  read_line "$state/build"
  [ "$line" = "$revision $inputs" ] && [ -f "$root/apps/cli/dist/main.js" ]
}

# True when the command line can be started as it is; sets `node`.
is_ready() {
  read_inputs
  read_revision
  is_installed && is_built
}
