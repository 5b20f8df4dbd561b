// README's story, by clicks: a merge moves the label, a lost webhook leaves a difference, a reconcile corrects it.
import assert from 'node:assert/strict';
import type { Browser } from 'playwright-core';
import { tool } from '../tool.ts';
import { labels, type Opened, openBrowser, openConsole, press, type Visit, verdict, visit } from './opened.ts';

describe('console', () => {
  let browser: Browser;
  let opened: Opened;
  let visited: Visit;

  before(async function () {
    browser = await openBrowser(tool(this, 'CHROMIUM'));
    opened = await openConsole();
    visited = await visit(browser, opened.console.url);
  });
  after(async () => {
    await browser?.close();
    await opened?.close();
  });

  it('shows that Git and registry agree, and what waits to be merged', async () => {
    const { page } = visited;
    await verdict(page, 'same');
    assert.deepEqual(await labels(page, 'jukebox', '1.0.0'), ['prod']);
    assert.equal(await page.locator('[data-pull]').count(), 2);
  });

  it('moves the label when a pull request is merged', async () => {
    const { page } = visited;
    await press(page, 'Merge #1');
    await page.locator('tr[data-version="jukebox 1.1.0"] .label', { hasText: /^prod$/ }).waitFor();
    await verdict(page, 'same');
    assert.deepEqual(await labels(page, 'jukebox', '1.1.0'), ['prod', 'test']);
    assert.deepEqual(await labels(page, 'jukebox', '1.0.0'), []);
    const record = page.locator('tr[data-version="jukebox 1.1.0"] td').last();
    assert.match((await record.textContent()) ?? '', /^since .* by user1, request #1/);
  });

  it('shows a difference in words when a webhook is lost, and how the reconcile corrects it', async () => {
    const { page } = visited;
    await press(page, 'Lose it');
    await page.locator('[data-key="next lose"][aria-pressed=true]').waitFor();
    await press(page, 'Merge #2');
    await verdict(page, 'differs');
    const compared = page.locator('[data-model=karaoke] .compared');
    assert.match((await compared.textContent()) ?? '', /prod differs: Git says 1\.1\.0, the registry says 1\.0\.0/);
    await page.locator('[data-state=lost] .hop', { hasText: 'lost on the way' }).waitFor();
    await press(page, 'Reconcile now');
    await verdict(page, 'same');
    assert.deepEqual(await labels(page, 'karaoke', '1.1.0'), ['prod', 'test']);
  });

  it('complained of nothing and asked nobody else', () => visited.end());
});
