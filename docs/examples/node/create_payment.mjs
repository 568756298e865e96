// Creates a payment, with what Node 18 and later bring along.
const { PAYMUX_URL, PAYMUX_KEY, ORDER_NO } = process.env

async function createPayment(order) {
  const answer = await fetch(`${PAYMUX_URL}/v1/payments`, {
    method: 'POST',
    headers: {
      'authorization': `Bearer ${PAYMUX_KEY}`,
      // The same key on every repeat: the order is paid once, however often this is sent.
      'idempotency-key': order.order_no,
      'content-type': 'application/json',
    },
    body: JSON.stringify(order),
    signal: AbortSignal.timeout(20_000),
  })
  const body = await answer.json()
  if (!answer.ok) throw new Error(`${body.code}: ${body.detail} ${JSON.stringify(body.errors ?? [])}`)
  return body
}

const payment = await createPayment({
  order_no: ORDER_NO,
  amount: 888,
  currency: 'CNY',
  subject: 'Jasmine tea',
  method: 'qr',
})
console.log(payment.id, payment.status, payment.action?.qr_code)
