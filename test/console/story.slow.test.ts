// README's story, by clicks: a merge moves the label, a lost webhook leaves a difference, a reconcile corrects it.
import assert from 'node:assert/strict';
import { labelled, labels, press, row, stageOf, type Visit, verdict, visit } from './opened.ts';

describe('console', () => {
  const stage = stageOf();
  let visited: Visit;

  before(async () => {
    visited = await visit(stage.browser, stage.opened.console.url);
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
    await labelled(page, 'jukebox', '1.1.0');
    await verdict(page, 'same');
    assert.deepEqual(await labels(page, 'jukebox', '1.1.0'), ['prod', 'test']);
    assert.deepEqual(await labels(page, 'jukebox', '1.0.0'), []);
    assert.match((await row(page, 'jukebox').locator('.in-git').innerText()) ?? '', /#1 by user1, since /);
    // The stand-in for Gitea has no pages.
    assert.equal(await row(page, 'jukebox').locator('a').count(), 0);
    await page
      .locator('.story strong', { hasText: /^jukebox 1\.1\.0 → prod, #1$/ })
      .first()
      .waitFor();
  });

  it('shows a difference in words when a webhook is lost, and how the reconcile corrects it', async () => {
    const { page } = visited;
    await press(page, 'Lose it');
    await page.locator('[data-key="next lose"][aria-pressed=true]').waitFor();
    await press(page, 'Merge #2');
    await verdict(page, 'differs');
    await row(page, 'karaoke').locator('.state', { hasText: 'differs' }).waitFor();
    assert.match(
      (await row(page, 'karaoke').locator('.reason').textContent()) ?? '',
      /Git deploys 1\.1\.0, which does not have the label prod\. 1\.0\.0 still has it\. The next reconcile corrects it at the latest\./,
    );
    const lost = page.locator('.story[data-state=lost]');
    await lost.locator('.hop', { hasText: 'lost on the way' }).waitFor();
    assert.match((await lost.locator('.healing').textContent()) ?? '', /^Not corrected yet: prod\/karaoke/);
    await press(page, 'Reconcile now');
    await verdict(page, 'same');
    assert.deepEqual(await labels(page, 'karaoke', '1.1.0'), ['prod', 'test']);
    // The loss stays in the list, and leads to what corrected it.
    await lost.locator('.healing', { hasText: 'Corrected by Reconcile: karaoke 1.1.0 → prod, #2' }).waitFor();
    await lost.locator('.healing button').click();
    assert.match(
      (await page.evaluate('document.activeElement.textContent')) as string,
      /Reconcile: karaoke 1\.1\.0 → prod, #2/,
    );
  });

  it('complained of nothing and asked nobody else', () => visited.end());
});
