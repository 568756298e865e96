// A developer in a real browser: the reference, its filter, a guide, a problem; English and Chinese.
import { readFileSync } from 'node:fs';
import { Looker, hold, launch, ok } from './look.mjs';

const { api, screenshots } = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const computer = { viewport: { width: 1280, height: 900 }, locale: 'en-GB' };
const phone = { viewport: { width: 390, height: 844 }, locale: 'zh-CN', isMobile: true };

const browser = await launch();
const looker = new Looker(browser, { origin: api, folder: screenshots });
try {
  const page = await looker.open(computer);
  await page.goto(`${api}/docs`);
  await page.waitForSelector('#createPayment');
  await looker.isUsable(page, 'reference');
  const shown = () => page.locator('nav li[data-words]:visible').count();
  const all = await shown();
  await page.fill('#find', 'refund');
  const found = await shown();
  hold(found > 0 && found < all, `${found} of ${all} operations are about refunds`);
  ok('the reference is shown and searched');

  await page.goto(`${api}/docs/guides/first-payment`);
  await looker.isUsable(page, 'guide-en');
  await page.click('nav a:text("中文")');
  await page.waitForURL(`${api}/docs/zh-CN/guides/first-payment`);
  hold((await page.getAttribute('html', 'lang')) === 'zh-CN', 'it says that it is Chinese');
  ok('a guide leads to itself in the other language');

  await page.goto(`${api}/problems/order-no-taken`);
  await looker.isUsable(page, 'problem-en');
  await page.click('nav a:text("中文")');
  await page.waitForURL(`${api}/zh-CN/problems/order-no-taken`);
  hold((await page.locator('main').innerText()).includes('同一请求之后可能成功吗'), 'Chinese');
  const small = await looker.open(phone);
  await small.goto(`${api}/zh-CN/problems`);
  await looker.isUsable(small, 'problems-zh');
  await small.click('main table a[href="/zh-CN/problems/refund-held"]');
  await small.waitForURL(`${api}/zh-CN/problems/refund-held`);
  await looker.isUsable(small, 'problem-zh');
  ok('problems are told in both languages');

  looker.none('found on the way');
  ok(`${looker.shots.length} screenshots, no error, no other host, no violation`);
} finally {
  await browser.close();
}
