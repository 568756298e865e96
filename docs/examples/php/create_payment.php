<?php
// Creates a payment, with what PHP 8 brings along.

function createPayment(array $order): array
{
    $context = stream_context_create(['http' => [
        'method' => 'POST',
        'header' => [
            'Authorization: Bearer ' . getenv('PAYMUX_KEY'),
            // The same key on every repeat: the order is paid once, however often this is sent.
            'Idempotency-Key: ' . $order['order_no'],
            'Content-Type: application/json',
        ],
        'content' => json_encode($order, JSON_THROW_ON_ERROR | JSON_UNESCAPED_UNICODE),
        'timeout' => 20,
        'ignore_errors' => true,
    ]]);
    $answer = file_get_contents(getenv('PAYMUX_URL') . '/v1/payments', false, $context);
    if ($answer === false) {
        throw new RuntimeException('no answer: repeat with the same key');
    }
    $body = json_decode($answer, true, flags: JSON_THROW_ON_ERROR);
    if (isset($body['code'])) {
        throw new RuntimeException("{$body['code']}: {$body['detail']}");
    }
    return $body;
}

$payment = createPayment([
    'order_no' => getenv('ORDER_NO'),
    'amount' => 888,
    'currency' => 'CNY',
    'subject' => 'Jasmine tea',
    'method' => 'qr',
]);
echo $payment['id'], ' ', $payment['status'], ' ', $payment['action']['qr_code'] ?? '', "\n";
