<?php
// SPDX-License-Identifier: MIT
// Tells Outpost of a visitor's browser (webpush.js). Who it is comes from the
// session of your site, as your log-in has set it, and never from the page.
session_start(['cookie_httponly' => true, 'cookie_samesite' => 'Lax']);
$user = $_SESSION['user'] ?? stop(403);
$csrf = $_SESSION['csrf'] ??= bin2hex(random_bytes(16));

function stop(int $status, array $body = []): never
{
	http_response_code($status);
	header('Content-Type: application/json');
	header('Cache-Control: no-store');
	exit(json_encode((object)$body));
}

// Where Outpost is, and "token:secret" of an integration with the role device,
// come from the environment, which no visitor can read.
function outpost(string $path, array $request = []): array
{
	$curl = curl_init(getenv('OUTPOST_URL') . $path);
	curl_setopt_array($curl, [CURLOPT_USERPWD => getenv('OUTPOST_LOGIN'), CURLOPT_TIMEOUT => 10,
	    CURLOPT_RETURNTRANSFER => true, CURLOPT_HTTPHEADER => ['Content-Type: application/json']]
	    + ($request ? [CURLOPT_POSTFIELDS => json_encode(['requestObject' => $request])] : []));
	$text = curl_exec($curl);
	return curl_getinfo($curl, CURLINFO_RESPONSE_CODE) === 200 ? json_decode($text, true) : stop(502);
}

$app = getenv('OUTPOST_APP');
if ($_SERVER['REQUEST_METHOD'] === 'GET')
	stop(200, ['key' => outpost('/push/webpush/key?appId=' . rawurlencode($app))['responseObject']['publicKey'],
	    'csrf' => $csrf, 'save' => 'subscribe.php', 'forget' => 'subscribe.php?forget=1']);
hash_equals($csrf, $_SERVER['HTTP_X_CSRF_TOKEN'] ?? '') || stop(403);
$token = json_decode(file_get_contents('php://input', length: 16384), true)['requestObject']['token'] ?? null;
is_string($token['endpoint'] ?? null) || stop(400);
outpost(isset($_GET['forget']) ? '/push/device/remove' : '/push/device/create', ['appId' => $app, 'token' => $token]
    + (isset($_GET['forget']) ? [] : ['platform' => 'webpush', 'userId' => (string)$user,
	'activationId' => substr(hash('sha256', "$user {$token['endpoint']}"), 0, 36)]));
stop(200);
