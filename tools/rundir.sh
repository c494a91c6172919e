# shellcheck shell=bash disable=SC2015,SC2154 # names are set by tools/stack
# Where a stack keeps its state, and under which user it runs.
#
# mariadbd refuses to run as root, and no other process of ours has use for
# root's rights either. So root's stack runs as www-data, which every Debian
# has; anybody else's runs as himself.
#
# Sets: R (the state directory, without links), owner, as_service.

rundir_user() {
	as_service=()
	owner=$(id -un)
	[ "$(id -u)" = 0 ] || return 0
	owner=www-data
	id $owner >/dev/null 2>&1 || owner=nobody
	as_service=(setpriv "--reuid=$owner" "--regid=$(id -g $owner)"
	    --clear-groups --no-new-privs --)
}

# Whether the service user can work in directory $1, and whether the sockets
# in it get names that fit (107 bytes; ours add up to 25).
rundir_fits() {
	[ ${#1} -le 80 ] && "${as_service[@]}" test -x "$1"
}

# A private directory that stands in for RUN=$1. It bears the name of its
# RUN, so that nobody else's is ever taken for ours.
rundir_apart() {
	local run=$1 apart
	apart=/var/tmp/outpost-$(printf '%s %s' "$(id -u)" "$run" |
	    sha256sum | cut -c 1-12)
	if [ -e "$apart" ] || [ -L "$apart" ]; then
		[ ! -L "$apart" ] && [ -O "$apart" ] &&
		    [ "$(cat "$apart/.run" 2>/dev/null)" = "$run" ] ||
			die "$apart is in the way, and is not ours"
		rundir_forget "$apart"
	fi
	mkdir -p "$apart"
	chmod 755 "$apart"
	printf '%s\n' "$run" >"$apart/.run"
	ln -s "$apart" "$run"
	say "state in $apart ($run is a link to it:" \
	    "its own place is out of reach for user $owner," \
	    "or its name too long for a socket)"
}

# RUN has been removed: begin anew, unless the stack still runs.
rundir_forget() {
	local R=$1 name
	for name in "${all_names[@]}"; do
		proc_pid "$name" >/dev/null && return 0
	done
	rm -rf "${R:?}"
}

# Makes RUN=$1 and sets R. Everything in it belongs to the caller, but for
# the directories that the service user writes to.
rundir_make() {
	local run=$1 dir
	if [ -L "$run" ] && [ ! -e "$run" ]; then
		rm -f "$run"
	fi
	if [ ! -e "$run" ]; then
		mkdir -p "$(dirname "$run")"
		mkdir "$run"
	fi
	[ -d "$run" ] || die "RUN=$run is not a directory"
	R=$(cd "$run" && pwd -P)
	# A directory made by mktemp -d, say: let our user pass, not look.
	rundir_fits "$R" || [ ! -O "$R" ] || chmod go+x "$R"
	if ! rundir_fits "$R"; then
		rmdir "$run" 2>/dev/null ||
			die "RUN=$run: user $owner cannot work there, or its" \
			    "name is too long for a socket; choose another"
		rundir_apart "$run"
		R=$(cd "$run" && pwd -P)
	fi
	mkdir -p "$R/bin" "$R/web"
	for dir in logs sock calls mariadb provider secrets tmp; do
		[ -d "$R/$dir" ] || install -d -o "$owner" \
		    -g "$(id -gn "$owner")" -m 755 "$R/$dir"
	done
	chmod 700 "$R/mariadb" "$R/secrets"
}

# Finds RUN=$1 and sets R; fails if there is none.
rundir_find() {
	[ -d "$1/." ] && [ -d "$1/logs" ] || return 1
	R=$(cd "$1" && pwd -P)
}
