/** Words that mean something to a shell where a program's name stands, so that only a shell can run them. */
export const shellWords: ReadonlySet<string> = new Set([
  // Reserved words of POSIX shells and of bash.
  ..."if then elif else fi for select case esac while until do done in function time coproc ! { } [[ ]]".split(" "),
  // Builtins that change or ask the shell itself. echo, printf, pwd, true, false and test are programs too.
  ...". : [ alias bg bind break builtin caller chdir command compgen complete compopt continue declare dirs disown enable eval exec exit export".split(" "),
  ..."fc fg getopts hash help history jobs kill let local logout mapfile popd pushd read readarray readonly return set shift shopt source".split(" "),
  ..."suspend times trap type typeset ulimit umask unalias unset wait cd".split(" "),
]);
