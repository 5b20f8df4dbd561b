// Makes the pictures of the README, light and dark, from the story that the tests click through: `npm run pictures`. CHROMIUM
// names the browser; Debian's place is tried where it is not set.
import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { findTool } from '../tool.ts';
import { openBrowser, openConsole, phase, press, request, verdict, visit } from './opened.ts';

const folder = fileURLToPath(new URL('../../docs/pictures/', import.meta.url));
/** ms until the dots of the picture are on their way. */
const underWay = 1_100;

await mkdir(folder, { recursive: true });
const chromium = findTool('CHROMIUM');
if (!chromium) throw new Error('expected Chromium on the PATH, or its path in CHROMIUM');
const browser = await openBrowser(chromium);
try {
  for (const scheme of ['light', 'dark'] as const) await tell(browser, scheme);
} finally {
  await browser.close();
}

/** A system of its own for each scheme, so that both show the same. */
async function tell(with_: Browser, colorScheme: 'light' | 'dark'): Promise<void> {
  const opened = await openConsole();
  const { page, end } = await visit(with_, opened.console.url, {
    colorScheme,
    viewport: { width: 1440, height: 1000 },
  });
  const shoot = async (name: string) => {
    await page.locator('.toasts').evaluate((one) => one.replaceChildren());
    await page.mouse.move(0, 0);
    await page.evaluate('scrollTo(0, 0)');
    await page.screenshot({ path: `${folder}${name}-${colorScheme}.png` });
  };
  try {
    await press(page, 'Merge #1');
    await page.locator('tr[data-version="jukebox 1.1.0"] .label', { hasText: /^prod$/ }).waitFor();
    await page.waitForTimeout(underWay);
    await shoot('merged');

    await press(page, 'Lose it');
    await page.locator('[data-key="next lose"][aria-pressed=true]').waitFor();
    await press(page, 'Merge #2');
    await verdict(page, 'differs');
    await page.waitForTimeout(underWay / 2);
    await shoot('lost');

    await press(page, 'Reconcile now');
    await verdict(page, 'same');
    await page.locator('.hop[data-type*=promoted]').first().click();
    await page.locator('#detail h3', { hasText: 'CloudEvent' }).waitFor();
    await shoot('step');
    await page.keyboard.press('Escape');

    await press(page, 'Its image is missing');
    await page.locator('[data-key=miss-image][aria-pressed=true]').waitFor();
    await press(page, `Merge #${await request(page, 'jukebox', '1.2.0')}`);
    await phase(page, 'jukebox', 'failed');
    await verdict(page, 'unserved');
    await page.waitForTimeout(underWay);
    await shoot('failed');

    await phone(page);
    await shoot('phone');
  } finally {
    await end();
    await opened.close();
  }
}

async function phone(page: Page): Promise<void> {
  await page.setViewportSize({ width: 390, height: 844 });
  await page.evaluate('scrollTo(0, 0)');
  await page.locator('#picture svg.tall').waitFor();
}
