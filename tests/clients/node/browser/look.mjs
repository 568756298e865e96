// A browser that is looked at: what it says, where it asks, whether everybody can use the page.
import { readFileSync, mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const QUIET = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync',
];

export async function launch() {
  return chromium.launch({ executablePath: '/usr/bin/chromium', headless: true, args: QUIET });
}

// Collects whatever must not be there, of all pages that it opened.
export class Looker {
  constructor(browser, { origin, folder }) {
    Object.assign(this, { browser, origin, folder, findings: [], shots: [] });
    mkdirSync(folder, { recursive: true });
  }

  // `allow`: statuses of our own pages that are no finding, such as a refusal that is looked for.
  async open(options = {}, allow = []) {
    const context = await this.browser.newContext(options);
    const page = await context.newPage();
    page.on('pageerror', (error) => this.findings.push(`script: ${error}`));
    page.on('console', (message) => {
      const known = allow.some((it) => message.text().includes(`status of ${it}`));
      if (message.type() === 'error' && !known && !message.text().includes('ERR_INTERNET_DISCONNECTED')) {
        this.findings.push(`console: ${message.text()} at ${message.location().url}`);
      }
    });
    // A channel's own page asks what it likes; ours asks nobody else.
    page.on('request', (request) => {
      const own = request.frame().url().startsWith(this.origin);
      if (own && !request.isNavigationRequest() && !request.url().startsWith(this.origin)) {
        this.findings.push(`another host: ${request.url()}`);
      }
    });
    return page;
  }

  async shoot(page, name) {
    await page.screenshot({ path: join(this.folder, `${name}.png`), fullPage: true });
    this.shots.push(name);
  }

  // Serious and worse, in light and dark.
  async isUsable(page, name) {
    for (const colorScheme of ['light', 'dark']) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await page.evaluate(axe);
      const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
      const bad = violations.filter((it) => ['serious', 'critical'].includes(it.impact));
      for (const it of bad) {
        const where = it.nodes.map((node) => `${node.target} ${node.failureSummary}`).join('; ');
        this.findings.push(`axe in ${colorScheme} on ${name}: ${it.id}: ${where}`);
      }
      await this.shoot(page, `${name}-${colorScheme}`);
    }
    await page.emulateMedia({ colorScheme: 'light' });
  }

  none(what) {
    if (this.findings.length > 0) throw new Error(`${what}:\n  ${this.findings.join('\n  ')}`);
  }
}

export function ok(what) { console.log(`ok ${what}`); }

export function hold(condition, what) { if (!condition) throw new Error(what); }

export async function until(what, look, limit = 60_000) {
  const end = Date.now() + limit;
  for (;;) {
    const seen = await look();
    if (seen) return seen;
    if (Date.now() > end) throw new Error(`waited in vain: ${what}`);
    await new Promise((done) => setTimeout(done, 15));
  }
}
