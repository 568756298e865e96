#!/bin/sh
# Creates a payment. PAYMUX_URL, PAYMUX_KEY and ORDER_NO come from the environment.
set -eu
curl --silent --show-error --fail-with-body --max-time 20 "$PAYMUX_URL/v1/payments" \
  --header "Authorization: Bearer $PAYMUX_KEY" \
  --header "Idempotency-Key: $ORDER_NO" \
  --header 'Content-Type: application/json' \
  --data '{
    "order_no": "'"$ORDER_NO"'",
    "amount": 888,
    "currency": "CNY",
    "subject": "Jasmine tea",
    "method": "qr"
  }'
