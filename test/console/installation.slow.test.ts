// The page of a real installation in a browser: 200 models in five environments are found at once, a row tells its history, nothing
// is offered that writes, and what cannot be read is told.
import assert from 'node:assert/strict';
import type { Browser, Page } from 'playwright-core';
import { createPages } from '../cli/opened-page.ts';
import { type CliWorld, config, createCliWorld, pathOf } from '../cli/world.ts';
import { tool } from '../tool.ts';
import { findings, openBrowser, row, type Visit, verdict, visit } from './opened.ts';

const environments = ['dev', 'test', 'stage', 'prod', 'edge'];
const models = Array.from({ length: 200 }, (_, i) => `model-${i}`);

describe('console of an installation', () => {
  let browser: Browser;
  let world: CliWorld;
  let visited: Visit;
  let page: Page;
  const { serve, close } = createPages(() => world);

  before(async function () {
    browser = await openBrowser(tool(this, 'CHROMIUM'));
    const files = environments.flatMap((one) => models.map((name) => [pathOf(name, one), config(name, '1.0.0')]));
    world = await createCliWorld(Object.fromEntries(files));
    world.env.ENVIRONMENTS = environments.join(',');
    for (const name of models) world.registry.addModel({ name, versions: [{ name: '1.0.0' }, { name: '1.1.0' }] });
    assert.equal((await world.run(['reconcile', '--yes'])).code, 0);
    visited = await visit(browser, await serve());
    page = visited.page;
    await page.locator('.model[data-row]').nth(999).waitFor({ state: 'attached' });
  });
  after(async () => {
    await browser?.close();
    await close();
    await world?.close();
  });

  const shown = () => page.locator('.model:visible').count();

  it('shows a row for each model of each environment, and whether all is in sync', async () => {
    await verdict(page, 'same');
    assert.equal(await page.locator('#verdict-more').textContent(), '200 models, 5 environments');
    assert.match((await page.locator('#about').textContent())!, /^ada\/mlops-gitops, main at [0-9a-f]{7}, read at /);
    assert.equal(await shown(), 1_000);
  });

  it('finds rows by any word of them, by environment and by state', async () => {
    await page.fill('#search', 'model-17');
    // 17 and 170 to 179.
    assert.equal(await shown(), 55);
    await page.fill('#search', 'prod model-17');
    assert.equal(await shown(), 11);
    await page.fill('#search', '');
    await page.selectOption('#environment', 'edge');
    assert.equal(await shown(), 200);
    assert.equal(await page.locator('#models-hint').textContent(), '200 of 1000 rows');
    await page.selectOption('#environment', '');
    await page.getByLabel('only what is not in sync').check();
    assert.equal(await shown(), 0);
    await page.getByLabel('only what is not in sync').uncheck();
  });

  it('finds them at no more than a few times what it costs to put all rows on the page', async () => {
    const [search, all] = (await page.evaluate(`(() => {
      const [list, search] = ['rows', 'search'].map((id) => document.getElementById(id));
      const took = (work) => {
        document.body.offsetHeight;
        const begin = performance.now();
        work();
        document.body.offsetHeight;
        return performance.now() - begin;
      };
      const rows = [...list.children];
      const all = [1, 2, 3].map(() => {
        list.replaceChildren();
        return took(() => list.replaceChildren(...rows));
      });
      const find = (words) => took(() => {
        search.value = words;
        search.dispatchEvent(new Event('input'));
      });
      return [['model-17', '', 'test', '', 'model-1 prod', ''].map(find), all].map((times) => Math.max(...times));
    })()`)) as number[];
    console.log(
      `      a search among 1,000 rows took ${search!.toFixed(0)} ms, putting them on the page ${all!.toFixed(0)} ms`,
    );
    assert.ok(search! < 4 * all!, `${search} ms, and ${all} ms`);
  });

  it('tells of a row what was deployed there when, by whom', async () => {
    await page.fill('#search', 'prod model-17');
    await row(page, 'model-17').locator('button.name').click();
    const line = row(page, 'model-17').locator('.inside tbody tr');
    await line.waitFor();
    assert.match(await line.innerText(), /^1\.0\.0\s.*\snow\scommit [0-9a-f]{7} by ada/);
  });

  it('follows a promotion: what differs, and in the list what is on its way', async () => {
    world.repository.commit({
      files: { [pathOf('model-17')]: config('model-17', '1.1.0') },
      message: 'Promote model-17',
    });
    await row(page, 'model-17').locator('.state', { hasText: 'differs' }).waitFor();
    await verdict(page, 'differs');
    assert.match(
      (await row(page, 'model-17').locator('.reason').textContent())!,
      /The next reconcile corrects it at the latest\./,
    );
    await page.locator('.story', { hasText: 'model-17 1.1.0 → prod' }).first().waitFor();
    assert.equal((await world.run(['reconcile', '--yes'])).code, 0);
    await verdict(page, 'same');
  });

  it('corrects what differs where that is allowed, after it has said what that is', async () => {
    world.repository.commit({
      files: { [pathOf('model-18')]: config('model-18', '1.1.0') },
      message: 'Promote model-18',
    });
    const allowed = await visit(browser, await serve(['--allow-reconcile']));
    await verdict(allowed.page, 'differs');
    const asked = new Promise<string>((resolve) => {
      allowed.page.once('dialog', (dialog) => {
        resolve(dialog.message());
        void dialog.accept();
      });
    });
    await allowed.page.locator('#reconcile').click();
    assert.equal(
      await asked,
      'Make the registry equal Git now? What differs, as far as is known: model-18 (prod). What can be written is written.',
    );
    await verdict(allowed.page, 'same');
    await allowed.end();
    await verdict(page, 'same');
  });

  it('offers nothing that writes', async () => {
    const names = await page.locator('button:visible').allInnerTexts();
    assert.deepEqual(
      names.filter((name) => !/^(model-|◐|☀|☾|Older|Newer)/.test(name)),
      [],
    );
    for (const id of ['strip', 'hard', 'git', 'reconcile', 'trouble'])
      assert.equal(await page.locator(`#${id}`).isVisible(), false, id);
  });

  it('has nothing that axe finds wrong, and fits a phone', async () => {
    assert.deepEqual(await findings(page), []);
    await page.setViewportSize({ width: 390, height: 844 });
    const [needed, there] = (await page.evaluate('[document.documentElement.scrollWidth, innerWidth]')) as number[];
    assert.ok(needed! <= there!, `${needed} > ${there}`);
  });

  it('says what does not answer, and when the rest was read', async () => {
    world.registry.faults.onRequest = () => 'reset';
    await verdict(page, 'unknown');
    assert.match((await page.locator('#verdict').innerText())!, /last read at \d\d:\d\d:\d\d/);
    await page.locator('#rows.old').waitFor();
    assert.match((await page.locator('#models-hint').textContent())!, /^last read at /);
    world.registry.faults.onRequest = undefined;
    await verdict(page, 'same');
  });

  it('complained of nothing and asked nobody else', () => visited.end());
});
