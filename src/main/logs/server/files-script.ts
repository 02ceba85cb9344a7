/**
 * Follows files on a server: one small program for all of them, sent over standard input and run by its /bin/sh. It needs stat, dd, tail, find and
 * ls as GNU and BusyBox have them.
 *
 * One `tail -F` over all files is the bell: it says at once that something was written, and costs nothing while nothing is. The bytes
 * themselves are read from where each file was left, so that a cut link, a restart and a rotation lose and repeat nothing; `tail` alone
 * cannot begin in the middle of several files. Past 128 files there is no bell: they are looked at twice a second.
 *
 * It reads: a nonce that nobody on the server sees; lines `<bytes of history> <pattern>`, a `.`; lines `<id> <offset> <k>:<path>` (`-`
 * before the id of a file that was rotated a moment ago), a `.`. It writes frames, each a line `\n<nonce> <what> …` and then bytes:
 * `F j k path` file j of pattern k, `D j id offset` bytes, `O j` bytes of history from rotated files, `R j id` that file is done,
 * `G j id offset` what came after cannot be found, `X k why path`, `C` there are other files now (it ends), `E` nothing more now, `M` more follows.
 */
export const filesScript = `
export LC_ALL=C
IFS= read -r N
n=0; while IFS= read -r l && [ "$l" != . ]; do n=$((n+1)); eval "h$n=\\\${l%% *} q$n=\\\${l#* } e$n="; done
m=0; while IFS= read -r l && [ "$l" != . ]; do m=$((m+1)); eval "s$m=\\$l"; done
most=262144
f() { printf '\\n%s %s\\n' "$N" "$1"; }
if dd if=/dev/null iflag=skip_bytes,count_bytes count=0 2>/dev/null; then
  p() { dd if="$1" bs=65536 iflag=skip_bytes,count_bytes skip="$2" count="$3" 2>/dev/null; }
else
  p() { tail -c "+$(($2+1))" "$1" | head -c "$3"; }
fi
sizeof() { stat -L -c %s -- "$1" 2>/dev/null || echo 0; }
look() {
  k=0
  while [ "$k" -lt "$n" ]; do
    k=$((k+1)); eval "g=\\$q$k"; w='missing'; IFS=
    for x in $g; do
      if [ -f "$x" ]; then
        if [ -r "$x" ]; then see; [ "$w" = missing ] && w=; else w="unreadable $x"; fi
      elif [ -d "$x" ]; then [ "$x" = "$g" ] && w='folder'
      elif [ -p "$x" ]; then [ "$x" = "$g" ] && w='pipe'
      elif [ -b "$x" ] || [ -c "$x" ]; then [ "$x" = "$g" ] && w='device'
      elif [ -e "$x" ]; then [ "$x" = "$g" ] && w='other'
      elif [ "$x" = "$g" ] && d=\${x%/*} && [ -d "$d/" ] && ! [ -x "$d/" ]; then w="unreadable $x"
      fi
    done
    unset IFS
    eval "v=\\$e$k"
    [ "$v" = "$w" ] || { eval "e$k=\\$w"; f "X $k \${w:-fine}"; }
  done
}
see() {
  case "$L/" in *"/$k:$x/"*) return;; esac
  [ -z "$begun" ] || { f C; exit 0; }
  c=$((c+1)); eval "x$c=\\$x z$c=$k"; L="$L/$k:$x"
}
same() {
  d=\${1#*.}
  r=$(find "\${x%/*}/" -maxdepth 1 -type f -inum "\${d%.*}" 2>/dev/null | head -n 1)
  [ -n "$r" ] && [ "$(stat -c %d.%i.%W -- "$r" 2>/dev/null)" = "$1" ] || r=
}
siblings() { ls -t -- "$1"[.-]* 2>/dev/null; }
unpack() { case $1 in *.gz) gzip -dc -- "$1";; *) cat -- "$1";; esac; }
rest() {
  eval "r=\\$r$j a=\\$a$j"
  [ -z "$r" ] || f "R $j $a"
  eval "r$j="
  same "$i"
  if [ -n "$r" ]; then
    to=$(sizeof "$r"); [ "$to" -gt "$o" ] && { f "D $j $i $o"; p "$r" "$o" "$((to-o))"; o=$to; }
    eval "r$j=\\$r a$j=\\$i b$j=\\$o t$j=$(date +%s)"; drains=1
  else
    r=$(siblings "$x" | grep '\\.gz$' | head -n 1)
    if [ -n "$r" ] && [ "$(gzip -dc -- "$r" | wc -c)" -ge "$o" ]; then f "D $j $i $o"; gzip -dc -- "$r" | tail -c "+$((o+1))"; else f "G $j $i $o"; fi
    f "R $j $i"
  fi
  [ -n "$r" ] && siblings "$x" | sed -n '1!G;h;$p' | while IFS= read -r y; do
    case $y in *.gz) continue;; esac
    [ "$y" != "$r" ] && [ "$y" -nt "$r" ] && { a=$(stat -c %d.%i.%W -- "$y"); f "D $j $a 0"; p "$y" 0 1099511627776; f "R $j $a"; }
  done
}
shortened() {
  y=$(siblings "$x" | grep -v '\\.gz$' | head -n 1)
  if [ -n "$y" ] && [ "$(sizeof "$y")" -ge "$o" ] && [ "$(($(date +%s)-$(stat -c %Y -- "$y")))" -lt 600 ]; then f "D $j $i $o"; p "$y" "$o" 1099511627776; else f "G $j $i $o"; fi
  f "R $j $i"
}
drain() {
  drains=; q=0
  while [ "$q" -lt "$c" ]; do
    q=$((q+1)); eval "r=\\$r$q a=\\$a$q b=\\$b$q t=\\$t$q"
    [ -n "$r" ] || continue
    [ "$(stat -c %d.%i.%W -- "$r" 2>/dev/null)" = "$a" ] || { eval "r$q="; f "R $q $a"; continue; }
    to=$(sizeof "$r"); [ "$to" -gt "$b" ] && { f "D $q $a $b"; p "$r" "$b" "$((to-b))"; eval "b$q=$to"; }
    if [ "$(($(date +%s)-t))" -gt 15 ]; then eval "r$q="; f "R $q $a"; else drains=1; fi
  done
}
begin() {
  i= o=0
  key="$k:$x"; u=0
  while [ "$u" -lt "$m" ]; do
    u=$((u+1)); eval "l=\\$s$u"; a=\${l%% *}; l=\${l#* }
    [ "\${l#* }" = "$key" ] || continue
    case $a in
      -*) same "\${a#-}"
        [ -n "$r" ] && { eval "r$j=\\$r a$j=\\\${a#-} b$j=\${l%% *} t$j=$(date +%s)"; drains=1; };;
      *) i=$a o=\${l%% *};;
    esac
  done
  [ -n "$i" ] && return
  eval "i=\\$(stat -L -c %d.%i.%W -- \\"\\$x\\" 2>/dev/null) h=\\$h$k"
  size=$(sizeof "$x")
  if [ "$h" -lt 0 ] || [ "$size" -le "$h" ]; then o=0; else o=$((size-h)); fi
  [ "$h" -gt "$size" ] || return
  siblings "$x" | head -n 2 | sed -n '1!G;h;$p' | while IFS= read -r y; do f "O $j"; unpack "$y" 2>/dev/null | tail -n 5000; done
}
one() {
  eval "i=\\$i$j o=\\$o$j"
  if [ "$id" != "$i" ]; then rest; o=0; elif [ "$size" -lt "$o" ]; then shortened; o=0; fi
  if [ "$size" -gt "$o" ]; then
    len=$((size-o)); [ "$len" -gt "$most" ] && { len=$most; more=1; }
    f "D $j $id $o"; p "$x" "$o" "$len"; o=$((o+len)); moved=$((moved+1))
  fi
  eval "i$j=\\$id o$j=\\$o"
}
away() {
  eval "i=\\$i$j o=\\$o$j x=\\$x$j"
  [ -n "$i" ] || return
  same "$i"
  [ -n "$r" ] || return
  to=$(sizeof "$r"); [ "$to" -gt "$o" ] && { f "D $j $i $o"; p "$r" "$o" "$((to-o))"; eval "o$j=$to"; }
}
turn() {
  more= moved=0
  look
  [ -n "$drains" ] && drain
  [ "$c" -gt 0 ] || return
  j=0 there=' '
  while IFS= read -r l; do
    [ -n "$l" ] || continue
    j=$((j+1)); eval "x=\\$x$j"; y=\${l#* }; y=\${y#* }
    while [ "$y" != "$x" ] && [ "$j" -lt "$c" ]; do j=$((j+1)); eval "x=\\$x$j"; done
    [ "$y" = "$x" ] || continue
    there="$there$j "
    id=\${l%% *}; l=\${l#* }; size=\${l%% *}
    one
  done <<END
$(eval "stat -L -c '%d.%i.%W %s %n' -- $A" 2>/dev/null)
END
  j=0
  while [ "$j" -lt "$c" ]; do j=$((j+1)); case "$there" in *" $j "*) ;; *) away;; esac; done
}
bell() {
  b=
  if [ "$c" -gt 0 ] && [ "$c" -le 128 ]; then eval "tail -q -n 0 -F -- $A" 2>/dev/null </dev/null & b=$!; fi
  trap '[ -n "$b" ] && kill "$b" 2>/dev/null; exit 0' PIPE HUP TERM INT EXIT
  while echo 2>/dev/null; do sleep "$beat"; done
}
begun= c=0 L=
look
begun=1 A= j=0 drains= beat=2
[ "$c" -gt 128 ] && beat=0.5
while [ "$j" -lt "$c" ]; do
  j=$((j+1)); A="$A \\"\\$x$j\\""; eval "x=\\$x$j k=\\$z$j"
  f "F $j $k $x"
  begin
  eval "i$j=\\$i o$j=\\$o"
done
bell | while :; do
  turn
  if [ -n "$more" ]; then f M; continue; fi
  f E
  # Each file that moved costs a process: many wait for each other a little.
  nap=0.02; [ "$moved" -gt 1 ] && nap=0.05; [ "$moved" -gt 8 ] && nap=0.1
  sleep "$nap" 2>/dev/null || sleep 1
  dd bs=65536 count=1 2>/dev/null >/dev/null
done
`
