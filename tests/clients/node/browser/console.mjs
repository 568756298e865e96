// An operator in a real browser: comes in, finds a payment, reads its story, sends again, leaves.
import { readFileSync } from 'node:fs';
import { Looker, hold, launch, ok, until } from './look.mjs';

const settings = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const { admin, token, order_no, screenshots } = settings;
const computer = { viewport: { width: 1280, height: 900 }, locale: 'en-GB' };
const phone = { viewport: { width: 390, height: 844 }, locale: 'zh-CN' };

async function enter(page, password) {
  await page.fill('input[name=user]', 'admin');
  await page.fill('input[name=password]', password);
  await page.press('input[name=password]', 'Enter');
}

const browser = await launch();
const looker = new Looker(browser, { origin: admin, folder: screenshots });
try {
  const page = await looker.open(computer, [401]);
  await page.goto(`${admin}/console/payments?number=${order_no}`);
  hold(page.url().startsWith(`${admin}/console/login?next=`), page.url());
  await looker.isUsable(page, 'login');
  await enter(page, 'not the token');
  await page.waitForSelector('[role=alert]');
  ok('who has no token stays outside');

  await enter(page, token);
  await page.waitForSelector('table');
  hold(page.url().endsWith(`number=${order_no}`), `it leads to where one wanted to go: ${page.url()}`);
  const [cookie] = await page.context().cookies();
  hold(cookie.httpOnly && cookie.sameSite === 'Strict', JSON.stringify(cookie));
  ok('the token of the run opens, and leads back');

  await looker.isUsable(page, 'payments');
  hold(await page.locator('td', { hasText: '<script>' }).count() === 1, 'the subject is text');
  await page.click('tbody a');
  await page.waitForSelector('ol.timeline');
  const story = await page.locator('ol.timeline').innerText();
  for (const kind of ['route.decided', 'attempt.', 'delivery.attempted']) {
    hold(story.includes(kind), `${kind} in ${story}`);
  }
  await looker.isUsable(page, 'payment');
  ok('a payment is found by its order_no and tells its story');

  await page.click('nav a[href="/console/deliveries"]');
  await until('the diagnosis is there', async () => {
    await page.reload();
    return (await page.locator('main').innerText()).includes('No connection');
  });
  hold((await page.locator('td b', { hasText: 'tcp' }).count()) > 0, 'the cause is tcp');
  await looker.isUsable(page, 'deliveries');
  ok('a delivery that failed has its cause and a hint');

  await page.locator('table form button').first().click();
  await page.waitForSelector('[role=status]');
  hold((await page.locator('[role=status]').innerText()).includes('broken'), 'it was sent again');
  await page.goto(`${admin}/console/deliveries`);
  const range = page.locator('section', { hasText: 'broken' }).locator('form', { hasText: 'Send again what failed' });
  await range.locator('input[name=from]').fill('2020-01-01T00:00');
  await range.locator('button').click();
  await page.waitForSelector('[role=status]');
  ok('one event, and what failed in a time, are sent again');

  for (const [path, name] of [['', 'overview'], ['/accounts', 'accounts'], ['/routing?merchant=tests&method=qr&amount=88.80', 'routing']]) {
    await page.goto(`${admin}/console${path}`);
    await looker.isUsable(page, name);
    if (name === 'accounts') {
      const rows = await page.locator('tbody tr').allInnerTexts();
      const told = (row) => /pay \d+\/s/.test(row) && /\t[1-9]\d*\s*$/.test(row);
      hold(rows.length === 2 && rows.every(told), `quota and certificate days: ${JSON.stringify(rows)}`);
    }
  }
  hold((await page.locator('pre').innerText()).includes('"account"'), 'routing is explained');
  await page.goto(`${admin}/console`);
  const drawn = await page.locator('polyline').first().getAttribute('points');
  await until('the chart moves', async () => (await page.locator('polyline').first().getAttribute('points')) !== drawn);
  ok('accounts, routing and charts that move are shown');

  await page.goto(`${admin}/console/audit?verify=1`);
  const log = await page.locator('main').innerText();
  for (const word of ['log_in', 'event.replay', 'events.replay', 'The log is whole']) {
    hold(log.includes(word), `${word} in ${log}`);
  }
  await looker.isUsable(page, 'audit');
  ok('the audit log tells of it, and is whole');

  await page.goto(`${admin}/console/payments`);
  await page.keyboard.press('Tab');
  hold(await page.evaluate(() => document.activeElement.className) === 'skip', 'the first key skips the menu');
  await page.click('header form button');
  await page.waitForSelector('input[name=password]');
  await page.context().addCookies([cookie]);
  await page.goto(`${admin}/console`);
  hold(page.url().includes('/console/login'), 'the old cookie opens nothing');
  ok('who has logged out is out');

  const small = await looker.open(phone, [401]);
  await small.goto(`${admin}/console/login`);
  hold((await small.locator('h1').innerText()) === 'Paymux 控制台', 'the browser likes Chinese');
  await enter(small, token);
  await small.waitForSelector('nav');
  await looker.isUsable(small, 'overview-zh-phone');
  const wide = await small.evaluate(() => document.documentElement.scrollWidth > window.innerWidth);
  hold(!wide, 'nothing stands out of a small screen');
  ok('in Chinese, and on a small screen');

  looker.none('what a browser must not find');
  ok('no error, no other host, nothing that somebody could not use');
} finally {
  await browser.close();
}
