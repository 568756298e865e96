// Receives webhooks and verifies them, with what Node brings along.
import { createHmac, timingSafeEqual } from 'node:crypto'
import { createServer } from 'node:http'

const { WEBHOOK_SECRET, PORT } = process.env // whsec_…

/** Whether the body, byte for byte, is what the gateway sent. */
function verify(headers, body) {
  const key = Buffer.from(WEBHOOK_SECRET.replace(/^whsec_/, ''), 'base64')
  const { 'webhook-id': id = '', 'webhook-timestamp': stamp = '' } = headers
  if (!/^\d+$/.test(stamp) || Math.abs(Date.now() / 1000 - Number(stamp)) > 300) return false
  const code = createHmac('sha256', key).update(`${id}.${stamp}.`).update(body).digest('base64')
  const expected = Buffer.from(`v1,${code}`)
  const given = (headers['webhook-signature'] ?? '').split(' ').map((it) => Buffer.from(it))
  return given.some((it) => it.length === expected.length && timingSafeEqual(it, expected))
}

createServer(async (request, response) => {
  const parts = []
  for await (const part of request) parts.push(part)
  const body = Buffer.concat(parts)
  const genuine = verify(request.headers, body)
  if (genuine) {
    const event = JSON.parse(body)
    // Note the id and do the work in one transaction: the same event may come again.
    console.log(event.id, event.type)
  }
  response.writeHead(genuine ? 204 : 401).end()
}).listen(Number(PORT), '127.0.0.1')
