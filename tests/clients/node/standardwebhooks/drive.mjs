// Deliveries of the gateway, verified by npm standardwebhooks, and by Node's own cryptography for
// Ed25519, which that library leaves aside.
import assert from 'node:assert/strict'
import { createPublicKey, verify } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { Webhook, WebhookVerificationError } from 'standardwebhooks'

const settings = JSON.parse(readFileSync(process.argv[2], 'utf8'))
const x = Buffer.from(settings.public_key.replace(/^whpk_/, ''), 'base64').toString('base64url')
const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' })

function signed(body, headers) {
  const text = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`
  return headers['webhook-signature'].split(' ').some((it) => {
    const [version, code] = it.split(',')
    return version === 'v1a' && verify(null, Buffer.from(text), key, Buffer.from(code, 'base64'))
  })
}

for (const { type, headers, body } of settings.deliveries) {
  const event = new Webhook(settings.secret).verify(body, headers)
  assert.equal(event.type, type)
  const refused = (secret, body) =>
    assert.throws(() => new Webhook(secret).verify(body, headers), WebhookVerificationError)
  refused(settings.secret, `${body} `)
  refused(settings.other_secret, body)
  console.log(`ok symmetric ${type}`)
  assert(signed(body, headers))
  assert(!signed(`${body} `, headers))
  console.log(`ok ed25519 ${type}`)
}
