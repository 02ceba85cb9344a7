/**
 * Where Slipway keeps its own on a server, as a POSIX shell sees it: with root one place for everybody, else the user's own.
 * Two people who deploy to one server should use the same user, or both become root there: else each has locks of his own.
 */
export const stateFolder = `if [ "$(id -u)" = 0 ]; then b=/var/lib/slipway; else b=\${XDG_STATE_HOME:-$HOME/.local/state}/slipway; fi;`
