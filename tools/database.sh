# shellcheck shell=bash disable=SC2015,SC2154 # names are set by tools/stack
# The private MariaDB of a stack: own data directory and unix socket, no
# network. Whoever runs the stack is its administrator, by the socket.
#
# Uses: R owner as_service. DB_OPTIONS: further words for mariadbd. DB_KEPT: a
# directory of the caller's alone, see db_copy.

# InnoDB's log is written round and round: small, it throttles a busy queue.
db_log_size() {
	local free
	free=$(df -Pk "$R/mariadb" | awk 'NR == 2 { print int($4 / 1024) }')
	[ "$free" -gt 4096 ] && echo 512M || echo 64M
}

# A temporary directory of its own: two at once in /tmp take each other's
# temporary tables away. Forced, because it wants this machine's name or
# localhost to be resolved otherwise, and uses neither.
db_install() {
	"${as_service[@]}" mariadb-install-db --no-defaults \
	    --datadir="$1" --tmpdir="$R/tmp" --skip-test-db \
	    --skip-name-resolve --force \
	    --auth-root-authentication-method=socket \
	    --auth-root-socket-user="$(id -un)" \
	    --innodb-log-file-size="$(db_log_size)" \
	    >"$R/mariadb-install.log" 2>&1 && return
	tail -n 20 "$R/mariadb-install.log" >&2
	die "mariadb-install-db failed"
}

# What mariadb-install-db makes is the same each time, and it waits for the
# disk. So tests, which begin with it some hundred times, keep what the first
# of them made in DB_KEPT: without the zeros of which it consists nearly.
db_copy() {
	(
		flock 8
		[ ! -d "$DB_KEPT/data" ] || exit 0
		db_install "$1"
		rm -rf "$DB_KEPT/new"
		cp -a --sparse=always "$1" "$DB_KEPT/new" || exit 1
		mv "$DB_KEPT/new" "$DB_KEPT/data"
		rm -rf "$1"
	) 8>"$DB_KEPT/lock" && cp -a "$DB_KEPT/data" "$1" ||
		die "cannot copy a database from $DB_KEPT"
}

# Made beside its place and moved there whole: a half-made one is not kept.
db_create() {
	local new=$R/mariadb/new
	rm -rf "$new"
	if [ -n "${DB_KEPT-}" ]; then
		db_copy "$new"
	else
		db_install "$new"
	fi
	mv "$new" "$R/mariadb/data"
}

db_answers() {
	mariadb --no-defaults --socket="$R/mariadb.sock" --batch -e 'SELECT 1'
}

# flush_log_at_trx_commit = 1: accepted is durable. The rest is what a queue
# wants: no gap locks, room for the responders' connections.
db_start() {
	[ -d "$R/mariadb/data" ] || db_create
	rm -f "$R/sock/mariadb.sock"
	ln -sf sock/mariadb.sock "$R/mariadb.sock"
	# shellcheck disable=SC2086 # DB_OPTIONS are words
	proc_start mariadbd "$(PATH=$PATH:/usr/sbin command -v mariadbd)" \
	    --no-defaults \
	    --datadir="$R/mariadb/data" --tmpdir="$R/tmp" \
	    --socket="$R/sock/mariadb.sock" --pid-file="$R/mariadb/pid" \
	    --skip-networking --skip-name-resolve --skip-log-bin \
	    --character-set-server=utf8mb4 \
	    --collation-server=utf8mb4_general_ci \
	    --transaction-isolation=READ-COMMITTED \
	    --innodb-flush-log-at-trx-commit=1 \
	    --innodb-buffer-pool-size=256M \
	    --innodb-log-file-size="$(db_log_size)" \
	    --max-connections=400 --performance-schema=OFF \
	    ${DB_OPTIONS-}
	proc_await mariadbd 60 db_answers || give_up mariadbd
}

db_setup() {
	OUTPOST_CONF=$R/outpost.conf "$R/bin/outpost" setup --no-doctor \
	    --admin-user "$(id -un)" >"$R/setup.log" 2>&1 || {
		cat "$R/setup.log" >&2
		die "outpost setup failed"
	}
	[ "$(id -u)" != 0 ] || chown -R "$owner:" "$R/secrets"
}
