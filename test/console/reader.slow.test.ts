// For every reader: by keyboard alone, by what a screen reader gets, on a phone, in light and dark, without motion.
import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { findings, labelled, labels, press, row, stageOf, verdict, visit } from './opened.ts';

describe('console for every reader', () => {
  const stage = stageOf();

  /** Presses Tab until that is focused; fails when it is not reached. */
  async function tabTo(page: Page, key: string): Promise<void> {
    for (let i = 0; i < 120; i += 1) {
      await page.keyboard.press('Tab');
      if ((await page.evaluate('document.activeElement?.dataset?.key ?? document.activeElement?.id')) === key) return;
    }
    assert.fail(`${key} is not reached by Tab`);
  }
  const focused = (page: Page) => page.evaluate('document.activeElement?.dataset?.key ?? document.activeElement?.id');

  it('can be worked by keyboard alone: skip, merge, look into a step, close, reconcile', async () => {
    const { page, end } = await visit(stage.browser, stage.opened.console.url);
    await page.keyboard.press('Tab');
    assert.equal(await page.evaluate('document.activeElement.textContent'), 'Skip to the models');
    await page.keyboard.press('Enter');
    assert.equal(await focused(page), 'models');
    await tabTo(page, 'style-1');
    await page.keyboard.press('s');
    await tabTo(page, 'merge 1');
    await page.keyboard.press('Enter');
    await labelled(page, 'jukebox', '1.1.0');
    await page.locator('.story', { hasText: 'was merged (squash)' }).waitFor();
    const name = row(page, 'jukebox').locator('button.name');
    await tabTo(page, 'row prod/jukebox');
    await page.keyboard.press('Enter');
    assert.equal(await name.getAttribute('aria-expanded'), 'true');
    assert.equal(await focused(page), 'row prod/jukebox');
    const step = page.locator('.hop[data-type*=promoted]').first();
    const key = (await step.getAttribute('data-key'))!;
    await tabTo(page, key);
    await page.keyboard.press('Enter');
    await page.locator('#detail h3', { hasText: 'CloudEvent' }).waitFor();
    assert.equal(await focused(page), 'close');
    await page.keyboard.press('Escape');
    const closed = page.locator('#detail:not([open])');
    await closed.waitFor({ state: 'attached' });
    assert.equal(await focused(page), key);
    await page.keyboard.press('Shift+Tab');
    await page.locator('[data-box=parse]').focus();
    await page.keyboard.press('Enter');
    await page.locator('#detail[open]').waitFor();
    await page.keyboard.press('Escape');
    await closed.waitFor({ state: 'attached' });
    assert.equal(await focused(page), 'box parse');
    await page.locator('#reconcile').focus();
    await page.keyboard.press(' ');
    await page.locator('.story', { hasText: 'Reconcile' }).first().waitFor();
    assert.equal(await focused(page), 'reconcile');
    await end();
  });

  it('keeps the focus where it was when the page changes under it', async () => {
    const { page, end } = await visit(stage.browser, stage.opened.console.url);
    await row(page, 'jukebox').locator('.menu summary').click();
    const key = 'edit model-deployments/prod/jukebox/config.yaml';
    await page.locator(`[data-key="${key}"]`).focus();
    const repository = stage.opened.system.gitea.standIn!.repository(stage.opened.system.gitea.repository);
    const head = repository.commit({ files: { 'README.md': `${Date.now()}` }, message: 'Elsewhere' });
    await page.locator('#about', { hasText: head.slice(0, 7) }).waitFor();
    assert.equal(await focused(page), key);
    await end();
  });

  it('tells what changes without being looked at', async () => {
    const { page, end } = await visit(stage.browser, stage.opened.console.url);
    for (const id of ['verdict', 'connection', 'toasts']) {
      const role = await page.locator(`#${id}`).getAttribute('role');
      assert.ok(role === 'status' || role === 'log', id);
    }
    await page.getByRole('button', { name: /^parse/ }).waitFor();
    const landmarks = await page.evaluate(
      '[...document.querySelectorAll("header.top, main, footer, section")].every((one) => one.tagName !== "SECTION" || one.getAttribute("aria-labelledby") || one.getAttribute("aria-label"))',
    );
    assert.equal(landmarks, true);
    await end();
  });

  for (const scheme of ['light', 'dark'] as const) {
    it(`has nothing that axe finds wrong, in ${scheme}: at rest, in a step, in a form, in trouble`, async () => {
      const { page, end } = await visit(stage.browser, stage.opened.console.url, {
        colorScheme: scheme,
        reducedMotion: 'reduce',
      });
      const at = async (what: string) => assert.deepEqual(await findings(page), [], what);
      await at('at rest');
      await page.locator('.hop').first().click();
      await page.locator('#detail h3', { hasText: /CloudEvent|Webhook/ }).waitFor();
      await at('in a step');
      await page.keyboard.press('Escape');
      await row(page, 'jukebox').locator('button.name').click();
      await row(page, 'jukebox').locator('.menu summary').click();
      await at('with a row and its menu open');
      await press(page, 'Edit model-deployments/prod/jukebox/config.yaml');
      await at('in a form');
      await page.keyboard.press('Escape');
      await press(page, 'A colleague moves a label');
      await verdict(page, 'differs');
      await press(page, 'Lose it');
      await press(page, 'Stop the registry');
      await page.locator('[data-box=registry].off').waitFor();
      await verdict(page, 'unknown');
      await at('in trouble');
      await press(page, 'Start the registry again');
      await press(page, 'Lose it');
      await verdict(page, 'differs');
      await at('different');
      await press(page, 'Reconcile now');
      await verdict(page, 'same');
      await end();
    });
  }

  it('can be turned from light to dark, and stays so', async () => {
    const { page, end } = await visit(stage.browser, stage.opened.console.url, { colorScheme: 'light' });
    const ground = () => page.evaluate('getComputedStyle(document.body).backgroundColor');
    const light = await ground();
    const turn = page.getByRole('button', { name: /^Theme: / });
    await turn.click();
    assert.equal(await ground(), light);
    await turn.click();
    const dark = await ground();
    assert.notEqual(dark, light);
    await page.reload();
    assert.equal(await ground(), dark);
    assert.equal(await turn.getAttribute('aria-label'), 'Theme: dark');
    await end();
  });

  for (const width of [320, 390, 768, 1024, 1440, 2560]) {
    it(`fits ${width} pixels without scrolling sideways, and no text runs over its box`, async () => {
      const { page, end } = await visit(stage.browser, stage.opened.console.url, { viewport: { width, height: 800 } });
      await page.locator('.model[data-row]').first().waitFor();
      await page.locator('#hard').click();
      const [needed, there] = (await page.evaluate('[document.documentElement.scrollWidth, innerWidth]')) as number[];
      assert.ok(needed! <= there!, `${needed} > ${there}`);
      const outside = await page.evaluate(
        `[...document.querySelectorAll('main button, main select, main .state, main h2, main .cell, .verdict')]
          .filter((one) => { const { left, right, width } = one.getBoundingClientRect(); return width > 0 && (left < 0 || right > innerWidth + 1); })
          .map((one) => one.textContent)`,
      );
      assert.deepEqual(outside, []);
      const over = await page.evaluate(
        `[...document.querySelectorAll('button, .state, .cell, .env, .badge, .verdict, .model, .story')]
          .filter((one) => one.clientWidth > 0 && one.scrollWidth > one.clientWidth + 1).map((one) => one.textContent)`,
      );
      assert.deepEqual(over, []);
      await page.locator('.hop').first().click();
      const sheet = (await page.locator('#detail').boundingBox())!;
      assert.ok(sheet.x >= 0 && sheet.x + sheet.width <= width + 1);
      await end();
    });
  }

  it('has the requests and the rows in the first fold, on a screen and on a phone, and the verdict always', async () => {
    for (const [width, height] of [
      [1440, 900],
      [1024, 768],
      [390, 844],
    ] as const) {
      const { page, end } = await visit(stage.browser, stage.opened.console.url, { viewport: { width, height } });
      for (const part of [row(page, 'jukebox'), row(page, 'karaoke'), page.locator('#reconcile')]) {
        const box = (await part.boundingBox())!;
        assert.ok(box.y + box.height <= height, `${width}: ends at ${box.y + box.height}`);
      }
      await page.evaluate('scrollTo(0, document.body.scrollHeight)');
      const { y } = (await page.locator('#verdict').boundingBox())!;
      assert.ok(y >= 0 && y < height, `${width}: ${y}`);
      await end();
    }
  });

  it('moves nothing for a reader who asks for that, and tells all the same', async () => {
    const { page, end } = await visit(stage.browser, stage.opened.console.url, { reducedMotion: 'reduce' });
    // A name is lit for a moment only: the page itself has to notice.
    await page.evaluate(
      `new MutationObserver(() => {
        if (document.querySelector('[data-box=parse][data-lit=good]')) document.body.dataset.seen = document.getAnimations().length;
      }).observe(document.querySelector('#strip'), { subtree: true, attributeFilter: ['data-lit'] });`,
    );
    await press(page, 'Reconcile now');
    await page.locator('body[data-seen]').waitFor();
    assert.equal(await page.locator('body').getAttribute('data-seen'), '0');
    await end();
  });

  it('takes up where it was when the console was away', async () => {
    const { page, end } = await visit(stage.browser, stage.opened.console.url, {}, [/ERR_|Failed to load/]);
    const before = await page.locator('.story').count();
    await page.context().setOffline(true);
    await press(page, 'Reconcile now').catch(() => {});
    await page.locator('.toasts .bad', { hasText: 'does not answer' }).waitFor();
    await stage.opened.system.ping();
    await page.context().setOffline(false);
    await page.locator('.story').nth(before).waitFor();
    assert.deepEqual(await labels(page, 'karaoke', '1.0.0'), ['prod']);
    const keys = await page.locator('.story').evaluateAll((list) => list.map((one) => one.getAttribute('data-story')));
    assert.equal(new Set(keys).size, keys.length, 'no story twice');
    await end();
  });
});
