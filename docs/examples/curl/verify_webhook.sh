#!/bin/sh
# Verifies one webhook, to see how it is done: the three headers come from the environment
# (WEBHOOK_ID, WEBHOOK_TIMESTAMP, WEBHOOK_SIGNATURE), the secret from WEBHOOK_SECRET, and the body,
# byte for byte, from the standard input. Other users of the machine can see the secret among the
# arguments of openssl: a server should use one of the other examples.
set -eu
key=$(printf %s "${WEBHOOK_SECRET#whsec_}" | openssl base64 -d -A | od -An -v -tx1 | tr -d ' \n')
expected=v1,$({ printf '%s.%s.' "$WEBHOOK_ID" "$WEBHOOK_TIMESTAMP"; cat; } |
  openssl dgst -sha256 -mac HMAC -macopt "hexkey:$key" -binary | openssl base64 -A)

age=$(($(date +%s) - WEBHOOK_TIMESTAMP))
[ "${age#-}" -le 300 ] || { echo 'refused: the timestamp is more than five minutes off' >&2; exit 1; }
for signature in $WEBHOOK_SIGNATURE; do
  [ "$signature" = "$expected" ] && { echo verified; exit 0; }
done
echo 'refused: no signature fits' >&2
exit 1
