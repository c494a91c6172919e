# shellcheck shell=bash disable=SC2015,SC2154 # names are set by tools/stack
# The web server of a stack: one of four, each with the very fragments
# that the project ships, in its own instance on 127.0.0.1.
#
# Uses: R root PORT WEB, and IDLE, which tests set: seconds after which a slow
# client is cut off; and SITE, the application of a site in PHP.

web_program() {
	local name=apache2
	[ "$WEB" = lighttpd ] && name=lighttpd
	PATH=$PATH:/usr/sbin command -v $name ||
		die "$name is not installed: WEB=$WEB tools/packages"
}

# docs/webpush, served as files: /webpush/. Nobody runs PHP there: the page asks
# the API itself, by what tools/demo has written into site.json.
page_copy() {
	mkdir -p "$R/web/webpush"
	cp "$root"/docs/webpush/*.* "$R/web/webpush"
	rm "$R/web/webpush/subscribe.php"
	sed -i 's/data-site="[^"]*"/data-site="site.json"/' \
	    "$R/web/webpush/index.html"
}

# The same with its PHP, as a site has it: /site/, where lighttpd and php-cgi
# are. login.php stands for the log-in of the site.
site_copy() {
	[ -e "$R/web/70-site.conf" ] || : >"$R/web/70-site.conf"
	[ "$WEB" = lighttpd ] && [ -n "${SITE-}" ] &&
		[ -n "$(command -v php-cgi)" ] || return 0
	mkdir -p "$R/web/site"
	cp "$root"/docs/webpush/*.* "$R/web/site"
	cat >"$R/web/site/login.php" <<-'PHP'
	<?php
	session_start();
	session_regenerate_id(true);
	$_SESSION = ['user' => $_GET['user'] ?? 'demo-user'];
	header('Location: index.html');
	PHP
	cat >"$R/web/70-site.conf" <<-CONF
	\$HTTP["url"] =~ "^/site/.*\.php\$" {
		fastcgi.server = ( ".php" => (( "max-procs" => 1,
		    "socket" => "$R/sock/php.sock",
		    "bin-path" => "$(command -v php-cgi) -d session.save_path=$R/tmp",
		    "bin-environment" => ( "OUTPOST_APP" => "$SITE",
			"OUTPOST_URL" => "http://127.0.0.1:$PORT$prefix",
			"OUTPOST_LOGIN" => "token:secret" ))))
	} else \$HTTP["url"] =~ "^/site/" {
		fastcgi.server = ()
		index-file.names = ( "index.html" )
	}
	CONF
}

# The console is read from a copy too. It is not there without its pages.
console_copy() {
	mkdir -p "$R/web/console"
	[ ! -d "$root/htdocs" ] || cp -r "$root/htdocs/." "$R/web/console"
}

# The fragment's five settings get our values; it is read from a copy, for
# the checkout may be out of the web server's reach.
web_lighttpd() {
	sed -e "s|^var.outpost_prefix = .*|var.outpost_prefix = \"$prefix\"|" \
	    -e "s|^var.outpost_bin = .*|var.outpost_bin = \"$R/bin\"|" \
	    -e "s|^var.outpost_conf = .*|var.outpost_conf = \"$R/outpost.conf\"|" \
	    -e "s|^var.outpost_sockets = .*|var.outpost_sockets = \"$R/sock\"|" \
	    -e "s|^var.outpost_htdocs = .*|var.outpost_htdocs = \"$R/web/console\"|" \
	    "$root/lighttpd-conf/50-outpost-spawn.conf" >"$R/web/50-outpost.conf"
	sed "s|^server.max-read-idle = .*|server.max-read-idle = ${IDLE:-30}|" \
	    "$root/lighttpd-conf/60-outpost-alone.conf" >"$R/web/60-alone.conf"
	cat >"$R/web/lighttpd.conf" <<-CONF
	server.bind = "127.0.0.1"
	server.port = $PORT
	server.document-root = "$R/web"
	server.upload-dirs = ( "$R/tmp" )
	server.breakagelog = "$R/logs/responders.log"
	server.max-keep-alive-requests = 1000
	include "$R/web/50-outpost.conf"
	include "$R/web/60-alone.conf"
	mimetype.assign = ( ".html" => "text/html", ".css" => "text/css",
	    ".js" => "text/javascript", ".json" => "application/json",
	    ".svg" => "image/svg+xml",
	    ".webmanifest" => "application/manifest+json" )
	\$HTTP["url"] =~ "^/webpush/" {
		fastcgi.server = ()
		index-file.names = ( "index.html" )
	}
	include "$R/web/70-site.conf"
	CONF
	lighttpd_sockets
	proc_start web "$(web_program)" -D -f "$R/web/lighttpd.conf"
}

# lighttpd adds the number of the process to a socket's name; without this,
# tests that speak FastCGI would have to know.
lighttpd_sockets() {
	local name
	for name in push admin inbox; do
		ln -sf "sock/fcgi-$name.sock-0" "$R/fcgi-$name.sock"
	done
}

apache_modules() {
	echo mpm_event authz_core env setenvif reqtimeout alias dir mime headers
	case $WEB in
	apache-fcgid) echo fcgid ;;
	apache-proxy) echo proxy proxy_fcgi buffer ;;
	apache-cgi) echo cgid ;;
	esac
}

web_patience() {
	[ -n "${IDLE-}" ] || return 0
	printf 'Define OUTPOST_READ "header=%s body=%s"\n' "$IDLE" "$IDLE"
}

web_apache() {
	local name fragment=outpost-${WEB#apache-}
	[ "$WEB" = apache-proxy ] && fragment=outpost-proxy-fcgi
	cp "$root/apache-conf/$fragment.conf" "$R/web/outpost.conf"
	cp "$root/apache-conf/outpost-limits.conf" "$R/web/limits.conf"
	cp "$root/apache-conf/outpost-mpm-event.conf" "$R/web/mpm.conf"
	{
		for name in $(apache_modules); do
			echo "LoadModule ${name}_module" \
			    "/usr/lib/apache2/modules/mod_$name.so"
		done
		cat <<-CONF
		ServerRoot "$R/web"
		ServerName 127.0.0.1
		Listen 127.0.0.1:$PORT
		PidFile "$R/tmp/apache.pid"
		DefaultRuntimeDir "$R/tmp"
		Mutex file:$R/tmp default
		# mod_fcgid starts only as root where the machine has suEXEC
		Suexec Off
		ErrorLog "$R/logs/web.log"
		ServerTokens Prod
		TraceEnable Off
		Define OUTPOST_PATH "$prefix/"
		Define OUTPOST_BIN "$R/bin"
		Define OUTPOST_CONF "$R/outpost.conf"
		Define OUTPOST_SOCKETS "$R/sock"
		Define OUTPOST_HTDOCS "$R/web/console"
		$(web_patience)
		<IfModule fcgid_module>
			FcgidIPCDir "$R/tmp"
			FcgidProcessTableFile "$R/tmp/fcgid_shm"
		</IfModule>
		<IfModule cgid_module>
			ScriptSock "$R/tmp/cgid.sock"
		</IfModule>
		<Directory />
			Require all denied
		</Directory>
		TypesConfig /dev/null
		AddType text/html .html
		AddType text/css .css
		AddType text/javascript .js
		AddType application/json .json
		AddType image/svg+xml .svg
		AddType application/manifest+json .webmanifest
		Alias "/webpush/" "$R/web/webpush/"
		<IfModule proxy_module>
			ProxyPass "/webpush/" "!"
		</IfModule>
		<Directory "$R/web/webpush">
			Require all granted
			DirectoryIndex index.html
		</Directory>
		Include "$R/web/outpost.conf"
		Include "$R/web/limits.conf"
		Include "$R/web/mpm.conf"
		CONF
	} >"$R/web/apache.conf"
	proc_start web "$(web_program)" -f "$R/web/apache.conf" -DFOREGROUND
}

# mod_proxy_fcgi starts nothing, so we do.
responder_start() {
	rm -f "$R/sock/$1.sock"
	ln -sf "sock/$1.sock" "$R/fcgi-$1.sock"
	proc_start "$1" env "OUTPOST_CONF=$R/outpost.conf" \
	    "$R/bin/$1.fcgi" -s "$R/sock/$1.sock"
	proc_await "$1" 60 test -S "$R/sock/$1.sock" || give_up "$1"
}

port_taken() {
	(: <"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

web_answers() {
	curl -sS --max-time 5 "$url/push/service/status" | grep -q '"OK"'
}

web_start() {
	local prefix
	prefix=$(conf_get api prefix)
	page_copy
	site_copy
	console_copy
	case $WEB in
	lighttpd) web_lighttpd ;;
	*) web_apache ;;
	esac
}
