// Drives the sandbox with Alipay's own Node library; prints `ok …` for each thing that held.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { AlipaySdk } from 'alipay-sdk';

const settings = JSON.parse(readFileSync(process.argv[2], 'utf8'));
// Whatever is waited for has come by then.
setTimeout(() => { throw new Error('not done in two minutes'); }, 120_000).unref();
const ok = (what) => console.log(`ok ${what}`);

// What the sandbox posts here; `next` waits for it.
const received = [];
const waiting = [];
const inbox = createServer((request, response) => {
  let body = '';
  request.on('data', (piece) => { body += piece; });
  request.on('end', () => {
    const form = Object.fromEntries(new URLSearchParams(body));
    response.end('success');
    const reader = waiting.shift();
    if (reader) reader(form); else received.push(form);
  });
});
await new Promise((resolve) => { inbox.listen(0, '127.0.0.1', resolve); });
const notifyUrl = `http://127.0.0.1:${inbox.address().port}/notify`;
const next = () => (received.length > 0
  ? Promise.resolve(received.shift())
  : new Promise((resolve) => { waiting.push(resolve); }));

const control = async (path, body) => {
  const answer = await fetch(`${settings.control}${path}`, {
    method: 'POST', body: body ? JSON.stringify(body) : undefined,
  });
  const said = await answer.json();
  assert.equal(answer.status, 200, `${path}: ${JSON.stringify(said)}`);
  return said;
};
const pay = (number) => control(`/orders/alipay/${number}/pay`);

let count = 0;
const number = (mode, kind) => `N${mode}${kind}${count += 1}`;

// One other digit, where there is one.
const tampered = (text, digits) => text.replace(digits, (found) => {
  const last = found.at(-1) === '1' ? '2' : '1';
  return found.slice(0, -1) + last;
});

function clients() {
  const common = {
    appId: settings.app_id,
    privateKey: settings.private_key,
    keyType: 'PKCS8',
    gateway: settings.gateway,
    encryptKey: settings.aes_key,
  };
  return {
    key: new AlipaySdk({ ...common, alipayPublicKey: settings.alipay_public_key }),
    certificate: new AlipaySdk({
      ...common,
      appCertContent: settings.app_certificate,
      alipayPublicCertContent: settings.alipay_certificate,
      alipayRootCertContent: settings.root_certificates,
    }),
  };
}

async function everything(mode, sdk) {
  const call = (method, bizContent, more = {}) => sdk.exec(
    method, { notifyUrl, bizContent, ...more }, { validateSign: true },
  );
  const terms = (kind, more) => ({
    outTradeNo: number(mode, kind), totalAmount: '88.88', subject: '测试 tea', ...more,
  });
  const notified = async (outTradeNo) => {
    const form = await next();
    assert.equal(form.out_trade_no, outTradeNo);
    assert.equal(form.trade_status, 'TRADE_SUCCESS');
    assert.equal(sdk.checkNotifySignV2(form), true);
    assert.equal(sdk.checkNotifySignV2({ ...form, total_amount: '88.87' }), false);
  };
  const state = async (outTradeNo) => {
    const said = await call('alipay.trade.query', { outTradeNo });
    return said.code === '10000' ? said.tradeStatus : said.subCode;
  };

  const code = terms('Q');
  const precreated = await call('alipay.trade.precreate', code);
  assert.equal(precreated.code, '10000', JSON.stringify(precreated));
  assert.equal(await state(code.outTradeNo), 'ACQ.TRADE_NOT_EXIST');
  await pay(code.outTradeNo);
  await notified(code.outTradeNo);
  assert.equal(await state(code.outTradeNo), 'TRADE_SUCCESS');
  ok(`${mode} precreate, notification, query`);

  const refund = { outTradeNo: code.outTradeNo, outRequestNo: 'R1', refundAmount: '8.80' };
  const refunded = await call('alipay.trade.refund', refund);
  assert.deepEqual([refunded.fundChange, refunded.refundFee], ['Y', '8.80']);
  const again = await call('alipay.trade.refund', refund);
  assert.deepEqual([again.code, again.fundChange], ['10000', 'N']);
  const other = await call('alipay.trade.refund', { ...refund, refundAmount: '8.81' });
  assert.equal(other.subCode, 'ACQ.DISCORDANT_REPEAT_REQUEST');
  const asked = { outTradeNo: code.outTradeNo, outRequestNo: 'R1' };
  const found = await call('alipay.trade.fastpay.refund.query', asked);
  assert.deepEqual([found.refundStatus, found.refundAmount], ['REFUND_SUCCESS', '8.80']);
  const told = await next();
  assert.equal(told.out_biz_no, 'R1');
  assert.equal(sdk.checkNotifySignV2(told), true);
  ok(`${mode} refund, its repeat, its query`);

  for (const [method, kind, product, verb] of [
    ['alipay.trade.page.pay', 'P', 'FAST_INSTANT_TRADE_PAY', 'GET'],
    ['alipay.trade.page.pay', 'F', 'FAST_INSTANT_TRADE_PAY', 'POST'],
    ['alipay.trade.wap.pay', 'W', 'QUICK_WAP_WAY', 'GET'],
    ['alipay.trade.wap.pay', 'V', 'QUICK_WAP_WAY', 'POST'],
  ]) {
    const order = terms(kind, { productCode: product });
    const page = sdk.pageExecute(method, verb, {
      notifyUrl, returnUrl: 'http://shop.test/back', bizContent: order,
    });
    const there = await open(page, verb);
    assert.equal(there.status, 303, await there.text());
    const cashier = there.headers.get('location');
    assert.equal((await fetch(cashier)).status, 200);
    assert.equal(await state(order.outTradeNo), 'WAIT_BUYER_PAY');
    const back = await fetch(`${cashier}/pay`, { method: 'POST', redirect: 'manual' });
    const params = new URL(back.headers.get('location')).searchParams;
    const form = Object.fromEntries(params);
    assert.equal(form.out_trade_no, order.outTradeNo);
    assert.equal(form.method, `${method}.return`);
    assert.equal(sdk.checkNotifySignV2(form), true);
    assert.equal(sdk.checkNotifySignV2({ ...form, out_trade_no: 'another' }), false);
    await notified(order.outTradeNo);
    ok(`${mode} ${method} by ${verb}, return_url`);
  }

  const app = terms('A', { productCode: 'QUICK_MSECURITY_PAY' });
  const string = sdk.sdkExecute('alipay.trade.app.pay', { notifyUrl, bizContent: app });
  const inApp = async (text) => (await fetch(settings.sdk, { method: 'POST', body: text })).json();
  const refused = await inApp(tampered(string, /88\.8\d/));
  assert.equal(refused.resultStatus, '4000');
  const result = await inApp(string);
  assert.equal(result.resultStatus, '9000', JSON.stringify(result));
  const { sign } = JSON.parse(result.result);
  const key = 'alipay_trade_app_pay_response';
  sdk.checkResponseSign(result.result, key, sign, '');
  const spoiled = tampered(result.result, /88\.8\d/);
  assert.throws(() => sdk.checkResponseSign(spoiled, key, sign, ''));
  await notified(app.outTradeNo);
  ok(`${mode} app.pay`);

  const created = terms('C', { buyerId: '2088123412341234' });
  const trade = await call('alipay.trade.create', created);
  assert.equal(trade.code, '10000', JSON.stringify(trade));
  assert.equal(await state(created.outTradeNo), 'WAIT_BUYER_PAY');
  const closed = await call('alipay.trade.close', { tradeNo: trade.tradeNo });
  assert.equal(closed.code, '10000');
  assert.equal(await state(created.outTradeNo), 'TRADE_CLOSED');
  const twice = await call('alipay.trade.close', { tradeNo: trade.tradeNo });
  assert.equal(twice.subCode, 'ACQ.TRADE_STATUS_ERROR');
  ok(`${mode} create, close`);

  const charge = async (kind, totalAmount) => {
    const { code: authCode } = await control('/codes', { channel: 'alipay' });
    const order = terms(kind, { totalAmount, authCode, scene: 'bar_code' });
    return [order.outTradeNo, await call('alipay.trade.pay', order)];
  };
  const [paid, at] = await charge('B', '88.88');
  assert.deepEqual([at.code, at.receiptAmount], ['10000', '88.88']);
  await notified(paid);
  const back = await call('alipay.trade.cancel', { outTradeNo: paid });
  assert.deepEqual([back.action, back.retryFlag], ['refund', 'N']);
  await next();
  const [large, asks] = await charge('L', '1000.01');
  assert.equal(asks.code, '10003');
  assert.equal(await state(large), 'WAIT_BUYER_PAY');
  const gone = await call('alipay.trade.cancel', { outTradeNo: large });
  assert.equal(gone.action, 'close');
  ok(`${mode} pay, cancel`);

  const where = `${settings.oauth}?app_id=${settings.app_id}&scope=auth_base&redirect_uri=http%3A%2F%2Fshop.test%2F`;
  const sent = await fetch(where, { redirect: 'manual' });
  const authCode = new URL(sent.headers.get('location')).searchParams.get('auth_code');
  const grant = { grantType: 'authorization_code', code: authCode };
  const token = await sdk.exec('alipay.system.oauth.token', grant, { validateSign: true });
  assert.match(token.userId, /^2088\d{12}$/);
  const used = await sdk.exec('alipay.system.oauth.token', grant);
  assert.equal(used.subCode, 'isv.code-invalid');
  ok(`${mode} oauth`);

  const sealed = await sdk.exec('alipay.trade.query', {
    needEncrypt: true, bizContent: { outTradeNo: paid },
  });
  assert.equal(sealed.outTradeNo, paid, JSON.stringify(sealed));
  ok(`${mode} encrypted content and answer`);
}

// The page as a browser opens it: an address, or a form with hidden fields.
function open(page, verb) {
  if (verb === 'GET') return fetch(page, { redirect: 'manual' });
  const action = page.match(/action="([^"]*)"/)[1];
  const body = new URLSearchParams();
  for (const [, name, value] of page.matchAll(/name="([^"]*)" value="([^"]*)"/g)) {
    body.append(name, value.replaceAll('&quot;', '"'));
  }
  return fetch(action, { method: 'POST', body, redirect: 'manual' });
}

async function forgeries(sdks) {
  const stranger = new AlipaySdk({
    appId: settings.app_id,
    privateKey: settings.other_private_key,
    keyType: 'PKCS8',
    gateway: settings.gateway,
    alipayPublicKey: settings.alipay_public_key,
  });
  const biz = { bizContent: { outTradeNo: 'X1' } };
  const said = await stranger.exec('alipay.trade.query', biz, { validateSign: true });
  assert.equal(said.subCode, 'isv.invalid-signature');
  await control('/faults', { fault: 'wrong_signature', operation: 'query', channel: 'alipay' });
  await assert.rejects(sdks.key.exec('alipay.trade.query', biz, { validateSign: true }), /验签失败/);
  ok('a wrong signature is refused by both sides');
}

// Of today, which the sandbox makes when it is told to.
async function bill(sdk) {
  const { bill_date: billDate } = await control('/bills', {});
  const method = 'alipay.data.dataservice.bill.downloadurl.query';
  const ask = (day) => sdk.exec(
    method, { bizContent: { billType: 'trade', billDate: day } }, { validateSign: true },
  );
  const { billDownloadUrl } = await ask(billDate);
  const zip = Buffer.from(await (await fetch(billDownloadUrl)).arrayBuffer());
  const text = new TextDecoder('gbk').decode(zip);
  assert.equal(zip.readUInt32LE(0), 0x04034b50, 'it is a ZIP');
  const rows = text.split('\r\n').filter((line) => /\t,N/.test(line));
  const [, count] = text.match(/#交易合计：(\d+)笔/);
  assert.equal(rows.filter((row) => row.includes(',交易,')).length, Number(count));
  assert.ok(Number(count) > 8, count);
  const none = await ask('2020-01-01');
  assert.equal(none.subCode, 'isp.bill_not_exist');
  ok('the bill of a day');
}

async function certificates(sdk) {
  const { alipay_cert_sn: alipayCertSn } = await control('/alipay/certificate');
  const said = await sdk.exec(
    'alipay.open.app.alipaycert.download', { bizContent: { alipayCertSn } }, { validateSign: true },
  );
  const pem = Buffer.from(said.alipayCertContent, 'base64').toString('utf8');
  assert.equal(pem.match(/BEGIN CERTIFICATE/g).length, 2);
  ok('a renewed certificate is downloaded');
}

const sdks = clients();
for (const [mode, sdk] of Object.entries(sdks)) await everything(mode, sdk);
await forgeries(sdks);
await bill(sdks.key);
await certificates(sdks.certificate);
inbox.close();
inbox.closeAllConnections();
