// What people do to Git, by the page's buttons.
import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { labelled, labels, press, request, row, stageOf, type Visit, verdict, visit } from './opened.ts';

describe('console, working in Git', () => {
  const stage = stageOf({}, true);
  let visited: Visit;
  let page: Page;

  before(async () => {
    visited = await visit(stage.browser, stage.opened.console.url);
    page = visited.page;
    await press(page, 'Reconcile now');
    await verdict(page, 'same');
  });

  const repository = () => stage.opened.system.gitea.standIn!.repository(stage.opened.system.gitea.repository);
  const path = 'model-deployments/prod/jukebox/config.yaml';

  const styles = ['merge', 'squash', 'rebase', 'rebase-merge', 'fast-forward-only'];
  for (const [i, style] of styles.entries()) {
    it(`merges by ${style}`, async () => {
      const version = ['1.1.0', '1.2.0'][i % 2]!;
      const number = await request(page, 'jukebox', version);
      await page.getByLabel(`Merge style for #${number}`).selectOption(style);
      await press(page, `Merge #${number}`);
      await labelled(page, 'jukebox', version);
      await verdict(page, 'same');
      const { parents } = repository().repository.store.commit(repository().head()!);
      assert.equal(parents.length, style.includes('merge') ? 2 : 1);
    });
  }

  it('offers what the registry knows, and takes what it does not: the label stays where it was', async () => {
    const number = await request(page, 'jukebox', '9.9.9');
    await press(page, `Merge #${number}`);
    await row(page, 'jukebox').locator('.reason', { hasText: 'The registry has no version 9.9.9' }).waitFor();
    assert.equal(await row(page, 'jukebox').locator('.in-git b').textContent(), '9.9.9');
    assert.equal(await row(page, 'jukebox').locator('.in-registry b').textContent(), '1.1.0');
    await verdict(page, 'differs');
  });

  it('reverts a commit', async () => {
    const commit = page.locator('.commit', { hasText: 'Promote jukebox 9.9.9' }).first();
    await commit.locator('summary').click();
    await commit.getByRole('button', { name: /^Revert / }).click();
    await verdict(page, 'same');
    assert.deepEqual(await labels(page, 'jukebox', '1.1.0'), ['prod', 'test']);
    assert.match(repository().files().get(path)!, /version: "1\.1\.0"/);
  });

  it('edits a file, and says which file cannot be read and what counts instead', async () => {
    await press(page, `Edit ${path}`);
    await page.getByLabel('Content').fill('version: [broken');
    await press(page, 'Commit');
    await page.locator('#remarks .remark', { hasText: `${path} cannot be read` }).waitFor();
    assert.deepEqual(await labels(page, 'jukebox', '1.1.0'), ['prod', 'test']);
    await press(page, `Edit ${path}`);
    await page.getByLabel('Content').fill('name: jukebox\nversion: 1.0.0\n');
    await press(page, 'Commit');
    await labelled(page, 'jukebox', '1.0.0');
    assert.equal(repository().files().get(path), 'name: jukebox\nversion: 1.0.0\n');
  });

  it('deletes an application, and the label goes', async () => {
    await press(page, 'Delete jukebox from prod');
    await page.getByRole('dialog').getByRole('button', { name: 'Delete', exact: true }).click();
    await row(page, 'jukebox').waitFor({ state: 'detached' });
    assert.deepEqual(stage.opened.system.registry.kubeflow!.labels().jukebox!['1.0.0'], []);
    await verdict(page, 'same');
    assert.equal(repository().files().has(path), false);
  });

  it('closes a request without a merge', async () => {
    const before = repository().head();
    const number = await request(page, 'jukebox', '1.2.0', 'test');
    await press(page, `Close #${number} without a merge`);
    await page.locator(`[data-pull="${number}"]`).waitFor({ state: 'detached' });
    assert.equal(repository().head(), before);
  });

  it('complained of nothing and asked nobody else', () => visited.end());
});
