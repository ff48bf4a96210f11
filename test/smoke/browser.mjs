/** The Swagger page in a headless Chromium: it must load from the service alone and say nothing on the console. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { chromium } from 'playwright-core';

const flags = [
  ...'--headless --no-sandbox --disable-gpu --disable-quic --no-first-run'.split(' '),
  ...'--disable-background-networking --disable-component-update --disable-sync'.split(' '),
];

/**
 * @param {string} base address of the service
 * @param {string} screenshot file to write
 * @returns {Promise<{ operations: number, complaints: string[] }>} operations shown; console errors, page errors, failed
 *   requests and requests to any other host
 */
export async function openSwagger(base, screenshot) {
  const profile = mkdtempSync(path.join(tmpdir(), 'stowage-chromium-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: flags,
    viewport: { width: 1280, height: 1600 },
  });
  const complaints = [];
  try {
    const page = await context.newPage();
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(`console: ${message.text()}`);
    });
    page.on('pageerror', (error) => complaints.push(`page: ${error.message}`));
    page.on('requestfailed', (request) => complaints.push(`failed: ${request.url()}`));
    page.on('request', (request) => {
      if (!request.url().startsWith(base) && !/^(data|blob|about):/.test(request.url()))
        complaints.push(`elsewhere: ${request.url()}`);
    });
    await page.goto(`${base}/docs`, { waitUntil: 'networkidle' });
    await page.waitForSelector('.opblock', { timeout: 30_000 });
    const operations = await page.locator('.opblock').count();
    await page.screenshot({ path: screenshot });
    return { operations, complaints };
  } finally {
    await context.close();
    rmSync(profile, { recursive: true, force: true });
  }
}
