# shellcheck shell=bash disable=SC2015,SC2154 # names are set by tools/stack
# The private MariaDB of a stack: own data directory and unix socket, no
# network. Whoever runs the stack is its administrator, by the socket.
#
# Uses: R owner as_service. DB_OPTIONS: further words for mariadbd.

# InnoDB's log is written round and round: small, it throttles a busy queue.
db_log_size() {
	local free
	free=$(df -Pk "$R/mariadb" | awk 'NR == 2 { print int($4 / 1024) }')
	[ "$free" -gt 4096 ] && echo 512M || echo 64M
}

# Made beside its place and moved there whole: a half-made one is not kept.
db_create() {
	local new=$R/mariadb/new
	rm -rf "$new"
	# A temporary directory of its own: two at once in /tmp take each
	# other's temporary tables away. Forced, because it wants this machine's
	# name or localhost to be resolved otherwise, and uses neither.
	if ! "${as_service[@]}" mariadb-install-db --no-defaults \
	    --datadir="$new" --tmpdir="$R/tmp" --skip-test-db \
	    --skip-name-resolve --force \
	    --auth-root-authentication-method=socket \
	    --auth-root-socket-user="$(id -un)" \
	    --innodb-log-file-size="$(db_log_size)" \
	    >"$R/mariadb-install.log" 2>&1; then
		tail -n 20 "$R/mariadb-install.log" >&2
		die "mariadb-install-db failed"
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
