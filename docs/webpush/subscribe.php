<?php
// SPDX-License-Identifier: MIT
// Tells Outpost of a visitor's browser (webpush.js). Who it is comes from the
// session of your site, as your log-in has set it, and never from the page.
declare(strict_types=1);

// "https://push.example.com/push-api", the application, and "token:secret" of
// an integration with the role device, from where no visitor can read them.
[$api, $app, $login] = [getenv('OUTPOST_URL'), getenv('OUTPOST_APP'), getenv('OUTPOST_LOGIN')];

session_start(['cookie_httponly' => true, 'cookie_samesite' => 'Lax']);
$user = $_SESSION['user'] ?? null;
$csrf = $_SESSION['csrf'] ??= bin2hex(random_bytes(16));

function answer(int $status, array $body = []): never
{
	http_response_code($status);
	header('Content-Type: application/json');
	header('Cache-Control: no-store');
	exit(json_encode($body, JSON_FORCE_OBJECT | JSON_UNESCAPED_SLASHES));
}

function outpost(string $url, ?array $request = null): ?array
{
	$curl = curl_init($url);
	curl_setopt_array($curl, [CURLOPT_USERPWD => $GLOBALS['login'], CURLOPT_TIMEOUT => 10,
	    CURLOPT_RETURNTRANSFER => true, CURLOPT_HTTPHEADER => ['Content-Type: application/json']]);
	if ($request !== null)
		curl_setopt($curl, CURLOPT_POSTFIELDS, json_encode(['requestObject' => $request]));
	$text = curl_exec($curl);
	return curl_getinfo($curl, CURLINFO_RESPONSE_CODE) === 200 ? json_decode($text, true) : null;
}

if ($user === null)
	answer(403);
if ($_SERVER['REQUEST_METHOD'] === 'GET') {
	$found = outpost("$api/push/webpush/key?appId=" . rawurlencode($app)) ?? answer(502);
	answer(200, ['key' => $found['responseObject']['publicKey'], 'csrf' => $csrf,
	    'save' => 'subscribe.php', 'forget' => 'subscribe.php?forget=1']);
}
if (!hash_equals($csrf, $_SERVER['HTTP_X_CSRF_TOKEN'] ?? ''))
	answer(403);
$token = json_decode(file_get_contents('php://input', false, null, 0, 16384), true)['requestObject']['token'] ?? null;
if (!is_array($token) || !is_string($token['endpoint'] ?? null))
	answer(400);
$device = ['appId' => $app, 'token' => $token];
$who = ['platform' => 'webpush', 'userId' => (string)$user,
    'activationId' => substr(hash('sha256', "$user {$token['endpoint']}"), 0, 36)];
answer(isset($_GET['forget']) ? (outpost("$api/push/device/remove", $device) ? 200 : 502)
    : (outpost("$api/push/device/create", $device + $who) ? 200 : 502));
