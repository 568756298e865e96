// Drives the sandbox with npm wechatpay-axios-plugin: the merchant's side of both versions, by
// somebody else's code. Reads its settings from the file it is given, prints a line that begins
// with `ok` for each thing that held, and fails at the first that did not.
const assert = require('node:assert/strict');
const { readFileSync } = require('node:fs');
const { createServer } = require('node:http');
const { createHash } = require('node:crypto');
const { gunzipSync } = require('node:zlib');
const { Wechatpay, Rsa, Aes, Formatter, Hash, Transformer } = require('wechatpay-axios-plugin');

const own = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const certs = {
  [own.public_key_id]: own.public_key,
  [own.certificate_serial]: own.certificate,
};

function client(baseURL, settings = {}) {
  return new Wechatpay({
    baseURL,
    mchid: own.mch_id,
    serial: own.merchant_serial,
    privateKey: own.private_key,
    certs,
    secret: own.api_v2_key,
    merchant: { cert: own.merchant_certificate, key: own.private_key, ca: own.ca },
    ...settings,
  });
}

const v3 = client(`${own.base}/`);

let count = 0;
const number = (kind) => `${kind}${process.pid}x${(count += 1)}`;

// What the shop received, in order of arrival.
const received = [];
const waiting = [];
const shop = createServer((request, response) => {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    const body = Buffer.concat(chunks).toString('utf8');
    const notice = { headers: request.headers, body };
    if (waiting.length) waiting.shift()(notice); else received.push(notice);
    response.end('<xml><return_code>SUCCESS</return_code></xml>');
  });
});
const notified = () => (received.length
  ? Promise.resolve(received.shift())
  : new Promise((resolve) => { waiting.push(resolve); }));

// The payer, by the sandbox's control API.
async function control(path, body) {
  const response = await fetch(`${own.control}${path}`, { method: 'POST', body: JSON.stringify(body ?? {}) });
  const said = await response.json();
  assert.ok(response.ok, `${path}: ${JSON.stringify(said)}`);
  return said;
}
const pays = (out_trade_no) => control(`/orders/wechat/${out_trade_no}/pay`);

async function refused(call, status, code) {
  await assert.rejects(call, (error) => {
    assert.equal(error.response?.status, status, error.message);
    assert.equal(error.response.data.code, code);
    return true;
  });
}

function opened({ headers, body }) {
  const message = Formatter.joinedByLineFeed(
    headers['wechatpay-timestamp'], headers['wechatpay-nonce'], body,
  );
  const verified = (text) => Rsa.verify(
    text, headers['wechatpay-signature'], certs[headers['wechatpay-serial']],
  );
  assert.ok(verified(message), 'the notification is signed');
  assert.ok(!verified(message.replace('resource', 'resourcf')), 'and a changed byte is seen');
  const { resource } = JSON.parse(body);
  const { ciphertext, nonce, associated_data } = resource;
  return JSON.parse(Aes.AesGcm.decrypt(ciphertext, own.api_v3_key, nonce, associated_data));
}

function order(kind, more = {}) {
  return {
    appid: own.app_id,
    mchid: own.mch_id,
    description: '测试 <tea> & "cup"',
    out_trade_no: number(kind),
    notify_url: own.notify_url,
    amount: { total: 100, currency: 'CNY' },
    ...more,
  };
}

async function openId() {
  const page = `${own.weixin}/connect/oauth2/authorize?appid=${own.app_id}`
    + '&redirect_uri=https%3A%2F%2Fshop.test%2F&response_type=code&scope=snsapi_base&state=1';
  const back = await fetch(page, { redirect: 'manual' });
  const code = new URL(back.headers.get('location')).searchParams.get('code');
  const asked = `${own.weixin}/sns/oauth2/access_token?appid=${own.app_id}`
    + `&secret=${own.app_secret}&code=${code}&grant_type=authorization_code`;
  return (await (await fetch(asked)).json()).openid;
}

function invoked(names) {
  return fetch(`${own.invoke}`, { method: 'POST', body: JSON.stringify(names) });
}

async function transactionsOfV3() {
  const openid = await openId();
  const kinds = [
    ['native', {}, 'code_url'],
    ['jsapi', { payer: { openid } }, 'prepay_id'],
    ['app', {}, 'prepay_id'],
    ['h5', { scene_info: { payer_client_ip: '203.0.113.7', h5_info: { type: 'Wap' } } }, 'h5_url'],
  ];
  for (const [kind, more, next] of kinds) {
    const terms = order(kind, more);
    const { data: prepaid } = await v3.v3.pay.transactions[kind].post(terms);
    assert.ok(prepaid[next], `${kind}: ${JSON.stringify(prepaid)}`);
    await opensTheCashier(kind, prepaid.prepay_id);
    const query = { params: { mchid: own.mch_id }, out_trade_no: terms.out_trade_no };
    const asked = () => v3.v3.pay.transactions.outTradeNo._out_trade_no_.get(query);
    assert.equal((await asked()).data.trade_state, 'NOTPAY');
    await pays(terms.out_trade_no);
    const { data: paid } = await asked();
    assert.equal(paid.trade_state, 'SUCCESS');
    assert.deepEqual(opened(await notified()), paid, 'the notification says what the query says');
    const { transaction_id } = paid;
    const byId = await v3.v3.pay.transactions.id._transaction_id_
      .get({ params: { mchid: own.mch_id }, transaction_id });
    assert.deepEqual(byId.data, paid);
    await refundsOfV3(terms, paid);
  }
}

async function opensTheCashier(kind, prepay_id) {
  if (!prepay_id) return;
  const [timestamp, nonce] = [`${Formatter.timestamp()}`, Formatter.nonce()];
  const last = kind === 'app' ? prepay_id : `prepay_id=${prepay_id}`;
  const text = Formatter.joinedByLineFeed(own.app_id, timestamp, nonce, last);
  const sign = Rsa.sign(text, own.private_key);
  const names = kind === 'app'
    ? { appid: own.app_id, partnerid: own.mch_id, prepayid: prepay_id, package: 'Sign=WXPay', noncestr: nonce, timestamp, sign }
    : { appId: own.app_id, timeStamp: timestamp, nonceStr: nonce, package: last, signType: 'RSA', paySign: sign };
  const bad = kind === 'app' ? { ...names, noncestr: 'x' } : { ...names, nonceStr: 'x' };
  assert.equal((await invoked(bad)).status, 400);
  assert.equal((await invoked(names)).status, 200);
}

async function refundsOfV3({ out_trade_no }, { transaction_id }) {
  const asked = {
    transaction_id,
    out_refund_no: number('R'),
    reason: '退',
    notify_url: own.notify_url,
    amount: { refund: 30, total: 100, currency: 'CNY' },
  };
  const { data: refund } = await v3.v3.refund.domestic.refunds.post(asked);
  assert.equal(refund.status, 'PROCESSING');
  await control(`/refunds/${asked.out_refund_no}/finish`, { status: 'success' });
  const { data: done } = await v3.v3.refund.domestic.refunds._out_refund_no_
    .get({ out_refund_no: asked.out_refund_no });
  assert.equal(done.status, 'SUCCESS');
  const told = opened(await notified());
  assert.equal(told.refund_status, 'SUCCESS');
  assert.equal(told.out_trade_no, out_trade_no);
  const more = { ...asked, out_refund_no: number('R'), amount: { ...asked.amount, refund: 71 } };
  await refused(v3.v3.refund.domestic.refunds.post(more), 400, 'INVALID_REQUEST');
}

async function closingAndTheTillOfV3() {
  const { out_trade_no } = (({ out_trade_no: n }) => ({ out_trade_no: n }))(order('c'));
  await v3.v3.pay.transactions.native.post(order('c', { out_trade_no }));
  const mchid = own.mch_id;
  const path = v3.v3.pay.transactions.outTradeNo._out_trade_no_;
  const closed = await path.close.post({ mchid }, { out_trade_no });
  assert.equal(closed.status, 204, 'an empty answer is signed, too');
  const unknown = path.get({ params: { mchid }, out_trade_no: number('u') });
  await refused(unknown, 404, 'ORDER_NOT_EXIST');
  const { code } = await control('/codes', { channel: 'wechat', confirm: true });
  const charge = order('t', {
    payer: { auth_code: code }, scene_info: { store_info: { id: '1' } }, notify_url: undefined,
  });
  const waits = await v3.v3.pay.transactions.codepay.post(charge);
  assert.equal(waits.status, 202);
  assert.equal(waits.data.trade_state, 'USERPAYING');
  const back = await path.reverse.post({ appid: own.app_id, mchid }, { out_trade_no: charge.out_trade_no });
  assert.equal(back.data.out_trade_no, charge.out_trade_no);
}

async function aProviderOfV3() {
  const { appid, mchid, ...rest } = order('p');
  const terms = { ...rest, sp_appid: appid, sp_mchid: mchid, sub_mchid: own.sub_mch_id };
  await v3.v3.pay.partner.transactions.native.post(terms);
  await pays(terms.out_trade_no);
  const params = { sp_mchid: mchid, sub_mchid: own.sub_mch_id };
  const { data } = await v3.v3.pay.partner.transactions.outTradeNo._out_trade_no_
    .get({ params, out_trade_no: terms.out_trade_no });
  assert.equal(data.sub_mchid, own.sub_mch_id);
  assert.deepEqual(opened(await notified()), data);
}

// Of today, which the sandbox makes when it is told to; what the other parts have sold is in it.
async function billsOfBothVersions() {
  const { bill_date } = await control('/bills');
  const asked = (tar_type, more = {}) => ({ params: { bill_date, tar_type, ...more } });
  const text = await fetched(v3.v3.bill.tradebill.get(asked(undefined, { bill_type: 'ALL' })), (it) => it);
  const { rows, summary } = Formatter.castCsvBill(text);
  assert.equal(Number(summary.总交易单数), rows.length);
  assert.ok(rows.length > 8 && rows.every((row) => row.商户号 === own.mch_id));
  const sum = (name) => rows.reduce((all, row) => all + Number(row[name]), 0).toFixed(2);
  assert.equal(sum('订单金额'), summary.订单总金额);
  assert.equal(sum('申请退款金额'), summary.申请退款总金额);
  const packed = await fetched(v3.v3.bill.tradebill.get(asked('GZIP', { bill_type: 'ALL' })), gunzipSync);
  assert.deepEqual(packed, text, 'packed, it is the same');
  const flow = await fetched(v3.v3.bill.fundflowbill.get(asked('GZIP')), gunzipSync);
  const { summary: flowed } = Formatter.castCsvBill(flow);
  assert.equal(flowed.收入金额, summary.订单总金额);
  await refused(v3.v3.bill.tradebill.get({ params: { bill_date: '2020-01-01' } }), 400, 'NO_STATEMENT_EXIST');
  // Its reader of XML does not take the text that the channel answers with.
  const whole = { responseType: 'arraybuffer', transformResponse: [] };
  const terms = { ...common, bill_date: bill_date.replaceAll('-', ''), bill_type: 'ALL' };
  const { data: same } = await v2.v2.pay.downloadbill.post(terms, whole);
  assert.deepEqual(Buffer.from(same), text);
  await assert.rejects(v2.v2.pay.downloadbill.post({ ...terms, bill_date: '20200101' }), (error) => {
    assert.match(`${error.message} ${JSON.stringify(error.response?.data)}`, /return_code/);
    return true;
  });
}

// The file at the address, unpacked, whose hash is the one that was said of it.
async function fetched(call, unpacked) {
  const { data: there } = await call;
  const params = Object.fromEntries(new URL(there.download_url).searchParams);
  const { data } = await v3.v3.billdownload.file.get({ params, responseType: 'arraybuffer' });
  const file = unpacked(Buffer.from(data));
  assert.equal(createHash('sha1').update(file).digest('hex'), there.hash_value);
  return file;
}

async function whatIsChangedIsRefused() {
  const stranger = client(`${own.base}/`, { privateKey: own.other_private_key });
  await refused(stranger.v3.pay.transactions.native.post(order('s')), 401, 'SIGN_ERROR');
  const fault = { fault: 'wrong_signature', operation: 'pay', channel: 'wechat' };
  await control('/faults', fault);
  await assert.rejects(v3.v3.pay.transactions.native.post(order('w')), /Verify the response's data/);
  await control('/faults', { ...fault, fault: 'sign_test' });
  await assert.rejects(v3.v3.pay.transactions.native.post(order('w')), /Verify the response's data/);
}

const v2 = client(`${own.base}/`);
const secured = client(`${own.tls_base}/`);
const common = { appid: own.app_id, mch_id: own.mch_id };

function order2(trade_type, more = {}) {
  return {
    ...common,
    body: '测试 <tea> & cup',
    out_trade_no: number(`v2${trade_type}`),
    total_fee: 100,
    spbill_create_ip: '203.0.113.7',
    notify_url: own.notify_url,
    trade_type,
    attach: 'a=1&b=<2>',
    ...more,
  };
}

function told2({ body }) {
  const data = Transformer.toObject(body);
  const kind = data.sign.length === 64 ? Hash.ALGO_HMAC_SHA256 : Hash.ALGO_MD5;
  assert.equal(Hash.sign(kind, data, own.api_v2_key), data.sign);
  assert.notEqual(Hash.sign(kind, { ...data, total_fee: '1' }, own.api_v2_key), data.sign);
  return data;
}

async function refused2(call, code) {
  await assert.rejects(call, (error) => {
    const data = error.response?.data?.response?.data ?? error.response?.data;
    assert.equal((data?.cause?.data ?? data?.data ?? data).err_code, code, error.message);
    return true;
  });
}

async function everythingOfV2() {
  const openid = await openId();
  const kinds = [
    ['NATIVE', { product_id: '1' }, 'code_url', 'MD5'],
    ['JSAPI', { openid }, 'prepay_id', 'HMAC-SHA256'],
    ['APP', {}, 'prepay_id', 'MD5'],
    ['MWEB', { scene_info: '{"h5_info":{"type":"Wap"}}' }, 'mweb_url', 'HMAC-SHA256'],
  ];
  for (const [trade_type, more, next, sign_type] of kinds) {
    const terms = order2(trade_type, { ...more, sign_type });
    const { data: prepaid } = await v2.v2.pay.unifiedorder.post(terms);
    assert.ok(prepaid[next], trade_type);
    await pays(terms.out_trade_no);
    const asked = { ...common, out_trade_no: terms.out_trade_no };
    const { data: paid } = await v2.v2.pay.orderquery.post(asked);
    assert.equal(paid.trade_state, 'SUCCESS');
    const told = told2(await notified());
    assert.equal(told.transaction_id, paid.transaction_id);
    await refundsOfV2(terms);
  }
}

async function refundsOfV2({ out_trade_no }) {
  const asked = {
    ...common, out_trade_no, out_refund_no: number('R'), total_fee: 100, refund_fee: 30,
    notify_url: own.notify_url,
  };
  await assert.rejects(v2.v2.secapi.pay.refund.post(asked, { security: true }), (error) => {
    assert.equal(error.response.status, 400, 'no certificate was shown');
    return true;
  });
  const { data: refund } = await secured.v2.secapi.pay.refund.post(asked, { security: true });
  assert.equal(refund.refund_fee, '30');
  await control(`/refunds/${asked.out_refund_no}/finish`, { status: 'success' });
  const { data: done } = await v2.v2.pay.refundquery.post({ ...common, out_refund_no: asked.out_refund_no });
  assert.equal(done.refund_status_0, 'SUCCESS');
  const outer = Transformer.toObject((await notified()).body);
  const key = Hash.md5(own.api_v2_key);
  const inner = Transformer.toObject(Aes.AesEcb.decrypt(outer.req_info, key));
  assert.equal(inner.out_refund_no, asked.out_refund_no);
  assert.equal(inner.refund_status, 'SUCCESS');
}

async function closingAndTheTillOfV2() {
  const terms = order2('NATIVE', { product_id: '1' });
  await v2.v2.pay.unifiedorder.post(terms);
  const asked = { ...common, out_trade_no: terms.out_trade_no };
  assert.equal((await v2.v2.pay.closeorder.post(asked)).data.result_code, 'SUCCESS');
  const { code: auth_code } = await control('/codes', { channel: 'wechat' });
  const who = await v2.v2.tools.authcodetoopenid.post({ ...common, auth_code });
  const { trade_type, notify_url, ...rest } = order2('T', { auth_code });
  const { data: paid } = await v2.v2.pay.micropay.post(rest);
  assert.equal(paid.openid, who.data.openid);
  const back = await secured.v2.secapi.pay.reverse
    .post({ ...common, out_trade_no: rest.out_trade_no }, { security: true });
  assert.equal(back.data.recall, 'N');
  await refused2(v2.v2.pay.micropay.post({ ...rest, out_trade_no: number('t') }), 'AUTH_CODE_ERROR');
}

(async () => {
  await new Promise((resolve) => { shop.listen(0, '127.0.0.1', resolve); });
  own.notify_url = `http://127.0.0.1:${shop.address().port}/notify`;
  for (const part of [
    transactionsOfV3, closingAndTheTillOfV3, aProviderOfV3, whatIsChangedIsRefused,
    everythingOfV2, closingAndTheTillOfV2, billsOfBothVersions,
  ]) {
    await part();
    console.log(`ok ${part.name}`);
  }
  shop.close();
  shop.closeAllConnections();
})().catch((error) => {
  console.error(error);
  process.exit(1);
});
