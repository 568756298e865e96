// Payers in a real browser: by WeChat's name, by Alipay's, on a phone and on a computer.
import { readFileSync } from 'node:fs';
import { Looker, hold, launch, ok, until } from './look.mjs';

const settings = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const { api, key, wallet, screenshots, short } = settings;
const PHONE = {
  viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true,
};
const IPHONE = 'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148';
const wechat = { ...PHONE, locale: 'zh-CN', userAgent: `${IPHONE} MicroMessenger/8.0.50` };
const alipay = { ...PHONE, locale: 'zh-CN', userAgent: `${IPHONE} AliApp(AP/10.6) AlipayClient/10.6` };
const phone = { ...PHONE, locale: 'en-GB', userAgent: `${IPHONE} Safari/604.1` };
const computer = { viewport: { width: 1100, height: 900 }, locale: 'zh-CN' };

async function call(path, body) {
  const options = { headers: { authorization: `Bearer ${key}` } };
  if (body) {
    Object.assign(options, { method: 'POST', body: JSON.stringify(body) });
    Object.assign(options.headers, { 'content-type': 'application/json', 'idempotency-key': body.order_no });
  }
  const answer = await fetch(`${api}${path}`, options);
  hold(answer.ok, `${path}: ${answer.status} ${await answer.clone().text()}`);
  return answer.json();
}

async function offer(order_no, more = {}) {
  const body = { order_no, amount: 888, currency: 'CNY', method: 'cashier', subject: '茉莉花茶 <b>500 g', ...more };
  const payment = await call('/v1/payments', body);
  return { id: payment.id, url: payment.action.url };
}

// How long a page stayed behind the gateway.
const delays = [];
async function turnsPaid(page, id) {
  const seen = page.waitForSelector('body[data-state=paid]', { timeout: 30_000 }).then(() => Date.now());
  await until('the gateway knows', async () => (await call(`/v1/payments/${id}`)).status === 'succeeded');
  const told = Date.now();
  const delay = Math.max(0, (await seen) - told);
  delays.push(delay);
  return delay;
}

const post = async (url, body) => fetch(url, { method: 'POST', body, redirect: 'manual' });

// The wallet's own side of the page: it takes the package, and its payer confirms.
async function inWeChat(page) {
  await page.exposeFunction('wechatPays', async (call) => {
    const opened = await post(`${wallet}/wallet/wechat/invoke`, JSON.stringify(call));
    if (!opened.ok) return `get_brand_wcpay_request:fail ${await opened.text()}`;
    await post(`${(await opened.json()).cashier}/pay`);
    return 'get_brand_wcpay_request:ok';
  });
  await page.addInitScript(() => {
    window.WeixinJSBridge = {
      invoke: (name, call, then) => window.wechatPays(call).then((err_msg) => then({ err_msg })),
    };
  });
}

async function inAlipay(page, answer = 'pay') {
  await page.exposeFunction('alipayPays', async ({ tradeNO }) => {
    const orders = await (await fetch(`${wallet}/control/orders?limit=100`)).json();
    const order = (orders.orders ?? orders.data ?? orders).find((it) => it.trade_no === tradeNO);
    await post(`${wallet}/wallet/alipay/${order.token}/pay`);
    return '9000';
  });
  await page.addInitScript(() => {
    window.AlipayJSBridge = {
      call: (name, call, then) => window.alipayPays(call).then((resultCode) => then({ resultCode })),
    };
  });
}

const browser = await launch();
const looker = new Looker(browser, { origin: api, folder: screenshots });
try {
  const watching = await looker.open(computer, [410]);
  await watching.goto(short.url);

  // WeChat: one press; the wallet says who pays, and is handed the order.
  const first = await offer('by-wechat', { return_url: 'https://shop.example/thanks' });
  const desk = await looker.open(computer);
  await desk.goto(first.url);
  await looker.isUsable(desk, 'cashier-computer-zh');
  let page = await looker.open(wechat);
  await inWeChat(page);
  await page.goto(first.url);
  await looker.isUsable(page, 'cashier-wechat');
  await page.click('button.wechat');
  const both = await Promise.all([turnsPaid(page, first.id), turnsPaid(desk, first.id)]);
  hold(!page.url().includes('code='), `the code stays in ${page.url()}`);
  await looker.isUsable(page, 'cashier-paid');
  const back = await page.getAttribute('#back', 'href');
  hold(back.startsWith('https://shop.example/thanks?payment_id='), back);
  ok(`paid by WeChat; the phone ${both[0]} ms behind, the computer ${both[1]} ms`);

  // Alipay.
  const second = await offer('by-alipay');
  page = await looker.open(alipay);
  await inAlipay(page);
  await page.goto(second.url);
  await looker.isUsable(page, 'cashier-alipay');
  await page.click('button.alipay');
  ok(`paid by Alipay; the phone ${await turnsPaid(page, second.id)} ms behind`);

  // A phone's browser: WeChat's page wants to know the site, and comes back.
  const third = await offer('by-phone');
  page = await looker.open(phone);
  await page.goto(third.url);
  hold((await page.textContent('html')).includes('Choose how to pay'), 'English');
  await looker.isUsable(page, 'cashier-phone-en');
  await page.focus('body');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Tab');
  const focused = await page.evaluate(() => document.activeElement.tagName);
  hold(focused === 'BUTTON', `Tab reaches the first button, not ${focused}`);
  await page.click('button.wechat');
  await page.waitForURL(`${wallet}/**`);
  const [, token] = page.url().match(/wallet\/wechat\/(\w+)/);
  const paid = await post(`${wallet}/wallet/wechat/${token}/pay`);
  await page.goto(paid.headers.get('location'));
  await turnsPaid(page, third.id);
  ok('paid by a page of WeChat for phones, and back on ours');

  // The network goes, the order is paid meanwhile, and the network comes back.
  const fourth = await offer('offline');
  const lost = await looker.open(computer, ['ERR']);
  await lost.goto(fourth.url);
  await lost.context().setOffline(true);
  await lost.waitForFunction((text) => document.getElementById('status').textContent === text, '网络中断，正在重新连接……');
  await looker.shoot(lost, 'cashier-offline');
  page = await looker.open(alipay);
  await inAlipay(page);
  await page.goto(fourth.url);
  await page.click('button.alipay');
  await turnsPaid(page, fourth.id);
  await lost.context().setOffline(false);
  await lost.waitForSelector('body[data-state=paid]', { timeout: 30_000 });
  ok('a lost network is said, and caught up with');

  // A code on the wall.
  page = await looker.open(alipay, [422]);
  await inAlipay(page);
  await page.goto(settings.plate);
  await page.fill('#amount', '0.5');
  await page.click('button.primary');
  await page.waitForSelector('#wrong');
  await looker.isUsable(page, 'plate-wrong');
  await page.fill('#amount', '12.50');
  await looker.shoot(page, 'plate');
  await page.click('button.primary');
  await page.waitForSelector('button.alipay');
  hold((await page.textContent('h1')).includes('¥12.50'), 'the amount that was typed');
  const [payment] = (await call('/v1/payments?limit=1')).data;
  hold(payment.plate === 'front-desk', JSON.stringify(payment));
  await page.click('button.alipay');
  await turnsPaid(page, payment.id);
  ok('a code on the wall: typed, chosen, paid');

  // A link that was tampered with.
  page = await looker.open(phone, [404]);
  await page.goto(`${first.url.slice(0, -1)}${first.url.endsWith('0') ? 1 : 0}`);
  hold(!(await page.textContent('body')).includes('8.88'), 'nothing is told');
  await looker.isUsable(page, 'cashier-not-found');
  ok('a tampered link says nothing');

  // Nobody came: the page that waits turns by itself.
  await watching.waitForSelector('body[data-state=over]', { timeout: 100_000 });
  await looker.isUsable(watching, 'cashier-over');
  await until('it is closed', async () => (await call(`/v1/payments/${short.id}`)).status === 'closed');
  ok('an order that runs out is over');

  const best = Math.min(...delays);
  hold(best < 1000, `pages turn ${delays} ms behind the gateway`);
  hold(Math.max(...delays) < 10_000, `pages turn ${delays} ms behind the gateway`);
  looker.none('found on the way');
  ok(`${looker.shots.length} screenshots, no error, no other host, no violation`);
} finally {
  await browser.close();
}
