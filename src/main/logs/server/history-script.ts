/**
 * Runs a program that ends with its reader: once standard input ends (the search was stopped, or the link went) everything that it
 * began is ended too, also what reads and has nothing to say. A channel's programs are one group.
 */
const ending = 'exec 3<&0; (while IFS= read -r l <&3; do :; done; kill 0) & w=$!'

/** A program with its arguments, as one that ends with its reader. */
export const endsWithReader = (command: readonly string[]): string[] => [
  '/bin/sh',
  '-c',
  `${ending}; "$@" </dev/null; c=$?; kill "$w" 2>/dev/null; exit "$c"`,
  'sh',
  ...command,
]

/**
 * Looks for a word in files of a server and in what was rotated from them, the newest first. It needs stat, sort, grep and tail as GNU and
 * BusyBox have them, and whatever unpacks what is packed.
 *
 * It reads lines: a nonce that nobody on the server sees, how many lines of each file are wanted, since when (seconds), the word, the path
 * or pattern. The word comes this way and is in no list of processes. It writes frames: `F size seconds path` and then `number:line` of that
 * file, `U why path` where it cannot be read or looked through, `O count` files that are older, `E` at the end.
 */
export const historyScript = `
export LC_ALL=C
IFS= read -r N; IFS= read -r most; IFS= read -r since; IFS= read -r word; IFS= read -r g
${ending}
f() { printf '\\n%s %s\\n' "$N" "$1"; }
a=; echo x | grep -qa x 2>/dev/null && a=a
# A line without an end is held whole by grep: it must not take the server's memory.
ulimit -v 1048576 2>/dev/null
IFS=
all() { for x in $g; do for y in "$x" "$x"[.-]*; do [ -f "$y" ] && stat -L -c '%Y %s %n' -- "$y" 2>/dev/null; done; done | sort -u | sort -rn; }
found() {
  grep "-\${a}inF" -f /dev/fd/4 4<<END
$word
END
  [ "$?" -le 1 ] || f "U broken $p"
}
one() {
  [ -r "$p" ] || { f "U unreadable $p"; return; }
  case $p in *.gz) u=gzip;; *.xz) u=xz;; *.zst) u=zstd;; *.bz2) u=bzip2;; *) u=;; esac
  [ -z "$u" ] || command -v "$u" >/dev/null || { f "U packed $p"; return; }
  f "F $s $m $p"
  if [ -n "$u" ]; then "$u" -dc -- "$p" 2>/dev/null; else cat -- "$p"; fi | found | tail -n "$most" | cut -b 1-65536
}
old=0
all | { while IFS=' ' read -r m s p; do if [ "$m" -lt "$since" ]; then old=$((old+1)); else one; fi; done; [ "$old" = 0 ] || f "O $old"; }
f E
kill "$w" 2>/dev/null
exit 0
`
