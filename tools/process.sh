# shellcheck shell=bash disable=SC2015,SC2154 # names are set by tools/stack
# Processes of a stack: started detached, known by process id and start time,
# and only ever signalled when both still match.
#
# Uses: R (the state directory), as_service (a command prefix).
# A process NAME has R/NAME.pid (the id alone, for people and tests) and
# R/.NAME.start (when it began, in the kernel's words).

# Fields of /proc/PID/stat from the state on; the name before it may hold
# anything, blanks and brackets too.
proc_stat() {
	local line
	read -r line 2>/dev/null <"/proc/$1/stat" || return 1
	printf '%s\n' "${line##*) }"
}

# When process $1 began. The boot is part of it: ids begin anew with each.
# Fails for one that is gone, or is only waiting to be reaped.
proc_birth() {
	local stat
	stat=$(proc_stat "$1") || return 1
	# shellcheck disable=SC2086
	set -- $stat
	[ "$1" != Z ] || return 1
	printf '%s %s\n' "${20}" "$(cat /proc/sys/kernel/random/boot_id)"
}

# The id of NAME if it lives; fails otherwise.
proc_pid() {
	local pid
	[ -s "$R/$1.pid" ] && [ -s "$R/.$1.start" ] || return 1
	read -r pid <"$R/$1.pid"
	case $pid in '' | *[!0-9]*) return 1 ;; esac
	[ "$(proc_birth "$pid")" = "$(cat "$R/.$1.start")" ] || return 1
	printf '%s\n' "$pid"
}

# Closes what the caller of our caller had open, such as a lock: it would stay
# open, and the lock held, as long as a process of ours lives.
close_inherited() {
	local fd
	for fd in "/proc/$BASHPID/fd/"*; do
		fd=${fd##*/}
		[ "$fd" -le 2 ] || eval "exec $fd>&-"
	done
}

# proc_start NAME COMMAND...: as the service user, in a session of its own,
# its output in R/logs/NAME.log. The log is opened by the service user, whose
# directory it is: root follows no link that somebody else has put there.
proc_start() {
	local name=$1
	shift
	# shellcheck disable=SC2016 # for the inner shell
	(
		close_inherited
		exec setsid "${as_service[@]}" sh -c 'log=$1; shift
			exec "$@" </dev/null >>"$log" 2>&1' \
		    sh "$R/logs/$name.log" "$@"
	) &
	printf '%s\n' $! >"$R/$name.pid"
	proc_birth $! >"$R/.$name.start" || :
	started="$started $name"
}

# proc_await NAME SECONDS COMMAND...: until COMMAND succeeds.
# Fails when the time is over, or NAME has ended. PATIENCE: so many times
# longer, for programs that run under valgrind.
proc_await() {
	local name=$1 tries=$(($2 * 20 * ${PATIENCE:-1}))
	shift 2
	while ! "$@" >/dev/null 2>&1; do
		proc_pid "$name" >/dev/null || return 1
		tries=$((tries - 1))
		[ $tries -gt 0 ] || return 1
		sleep 0.05
	done
}

# Ends process $1 if it was born at $2: SIGTERM, $3 seconds, SIGKILL.
proc_end() {
	local tries=$(($3 * 20 * ${PATIENCE:-1}))
	[ "$(proc_birth "$1")" = "$2" ] || return 0
	kill "$1" 2>/dev/null || :
	while [ "$(proc_birth "$1")" = "$2" ]; do
		if [ $tries = 0 ]; then
			[ "$3" -le 1 ] ||
				say "process $1 did not end in $3 seconds: killed"
			kill -KILL "$1" 2>/dev/null || :
		fi
		[ $tries -gt -100 ] || return 1
		tries=$((tries - 1))
		sleep 0.05
	done
}

# proc_stop NAME SECONDS
proc_stop() {
	local pid
	if pid=$(proc_pid "$1"); then
		proc_end "$pid" "$(cat "$R/.$1.start")" "$2"
	fi
	rm -f "$R/$1.pid" "$R/.$1.start"
}

# Whether process $1 is part of this stack's web server: a responder (its
# program lies in R/bin, the stack's own copies) or run by our configuration.
# By its words: what program it is, a responder shows to root alone.
proc_is_web() {
	case $(tr '\0' ' ' <"/proc/$1/cmdline") in
	"$R"/bin/*.fcgi* | *" $R/web/"*) return 0 ;;
	esac
	return 1
} 2>/dev/null

# What a dead web server has left: workers and responders in its session,
# whose number is that of the server's process, $1.
proc_sweep() {
	local dir pid stat
	case $1 in '' | *[!0-9]*) return 0 ;; esac
	for dir in /proc/[0-9]*; do
		pid=${dir#/proc/}
		stat=$(proc_stat "$pid") || continue
		# shellcheck disable=SC2086
		set -- "$1" $stat
		[ "$5" = "$1" ] && proc_is_web "$pid" || continue
		proc_end "$pid" "$(proc_birth "$pid")" 1
	done
}
