<?php
// Receives webhooks and verifies them: WEBHOOK_SECRET=whsec_… php -S 127.0.0.1:PORT this-file

/** Whether the body, byte for byte, is what the gateway sent. */
function verify(string $secret, string $id, string $stamp, string $given, string $body): bool
{
    if (!ctype_digit($stamp) || abs(time() - (int) $stamp) > 300) {
        return false;
    }
    $key = base64_decode(preg_replace('/^whsec_/', '', $secret));
    $expected = 'v1,' . base64_encode(hash_hmac('sha256', "$id.$stamp.$body", $key, true));
    foreach (explode(' ', $given) as $signature) {
        if (hash_equals($expected, $signature)) {
            return true;
        }
    }
    return false;
}

$body = file_get_contents('php://input');
$header = fn (string $name): string => $_SERVER['HTTP_WEBHOOK_' . $name] ?? '';
$genuine = verify(
    getenv('WEBHOOK_SECRET'), $header('ID'), $header('TIMESTAMP'), $header('SIGNATURE'), $body
);
if ($genuine) {
    $event = json_decode($body, true, flags: JSON_THROW_ON_ERROR);
    // Note the id and do the work in one transaction: the same event may come again.
    error_log("{$event['id']} {$event['type']}");
}
http_response_code($genuine ? 204 : 401);
