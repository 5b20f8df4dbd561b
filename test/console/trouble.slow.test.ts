// Each fault, by its switch: what the page says then, and that the registry is in sync with Git in the end.
import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { labelled, labels, press, request, row, stageOf, type Visit, verdict, visit } from './opened.ts';

describe('console, when something goes wrong', () => {
  const stage = stageOf({}, true);
  let visited: Visit;
  let page: Page;
  /** The version that is promoted next; there are three. */
  const versions = ['1.1.0', '1.2.0', '1.0.0'];
  let turn = 0;
  const next = () => versions[turn++ % versions.length]!;

  before(async () => {
    // A merge while Gitea is down is answered 409, which the browser notes.
    visited = await visit(stage.browser, stage.opened.console.url, {}, [/status of 409/]);
    page = visited.page;
    await press(page, 'Reconcile now');
    await verdict(page, 'same');
  });
  afterEach(async () => {
    if (page.isClosed()) return;
    // Whatever happened, nothing is left to be done.
    await verdict(page, 'same');
    assert.equal(await page.locator('[aria-pressed=true]').count(), 0);
  });

  /** Promotes the next version by a pull request and merges it. Resolves with the version. */
  async function promote(): Promise<string> {
    const version = next();
    const number = await request(page, 'jukebox', version);
    await press(page, `Merge #${number}`);
    return version;
  }

  async function arm(name: string): Promise<void> {
    await press(page, name);
    await page.locator('[aria-pressed=true]', { hasText: name }).waitFor();
  }

  it('writes nothing for the second of two webhooks', async () => {
    await arm('Double it');
    const version = await promote();
    await labelled(page, 'jukebox', version);
    await page
      .locator('.story', { hasText: 'the registry has it already' })
      .or(page.locator('.story', { hasText: /unchanged/ }))
      .first()
      .waitFor();
    const pushes = stage.opened.system.gitea
      .standIn!.deliveries()
      .filter(({ payload }) => payload.includes('refs/heads/main'));
    assert.equal(pushes.at(-1)!.payload, pushes.at(-2)!.payload);
    assert.notEqual(pushes.at(-1)!.uuid, pushes.at(-2)!.uuid);
  });

  it('is late when the webhook is late, and right', async () => {
    await arm('Delay it');
    const version = await promote();
    await verdict(page, 'differs');
    await page.locator('.hop', { hasText: 'delayed on the way' }).waitFor();
    await labelled(page, 'jukebox', version);
  });

  it('does not go back when two webhooks change places', async () => {
    await arm('Reorder it');
    await promote();
    await page.getByRole('button', { name: 'Let it go' }).waitFor();
    const version = await promote();
    await labelled(page, 'jukebox', version);
    await page.getByRole('button', { name: 'Let it go' }).waitFor({ state: 'detached' });
    await stage.opened.system.idle();
    assert.ok((await labels(page, 'jukebox', version)).includes('prod'));
  });

  it('refuses a webhook that was tampered with; a reconcile corrects it', async () => {
    await arm('Tamper with it');
    const version = await promote();
    await verdict(page, 'differs');
    await page.locator('.hop .badge', { hasText: '401' }).first().waitFor();
    await press(page, 'Reconcile now');
    await labelled(page, 'jukebox', version);
  });

  it('tries again until Gitea is back, and says meanwhile that it does not answer', async () => {
    await arm('Delay it');
    const version = await promote();
    const open = await request(page, 'jukebox', next());
    const merge = page.getByRole('button', { name: `Merge #${open}`, exact: true });
    assert.equal(await merge.isEnabled(), true);
    await press(page, 'Stop Gitea');
    await page.locator('.toasts', { hasText: 'Gitea went down' }).waitFor();
    await verdict(page, 'unknown');
    assert.equal(await merge.isEnabled(), false);
    await press(page, 'Delete jukebox from prod');
    await page.getByRole('dialog').getByRole('button', { name: 'Delete', exact: true }).click();
    await page.locator('.toasts .bad', { hasText: 'Gitea does not answer' }).waitFor();
    await press(page, 'Cancel');
    await page.locator('.hop .badge', { hasText: '503' }).first().waitFor();
    await press(page, 'Start Gitea again');
    await labelled(page, 'jukebox', version);
    await page.locator('.hop .tries').first().waitFor();
    await press(page, `Close #${open} without a merge`);
  });

  it('keeps an event until the broker is back', async () => {
    await press(page, 'Stop the broker');
    await page.locator('[data-box=broker].off').waitFor();
    const version = await promote();
    await verdict(page, 'differs');
    await page.locator('.hop .badge', { hasText: '202' }).first().waitFor();
    await press(page, 'Start the broker again');
    await labelled(page, 'jukebox', version);
  });

  it('tries again until the registry is back', async () => {
    await press(page, 'Stop the registry');
    await page.locator('[data-box=registry].off').waitFor();
    await verdict(page, 'unknown');
    const version = await promote();
    await page.locator('.hop .badge', { hasText: '503' }).first().waitFor();
    await press(page, 'Start the registry again');
    await labelled(page, 'jukebox', version);
  });

  it('corrects what a colleague does to a label', async () => {
    await press(page, 'A colleague moves a label');
    await verdict(page, 'differs');
    await row(page, 'jukebox')
      .locator('.in-registry.odd')
      .or(row(page, 'karaoke').locator('.in-registry.odd'))
      .waitFor();
    await press(page, 'Reconcile now');
    await verdict(page, 'same');
    assert.equal(await page.locator('.cell.odd').count(), 0);
  });

  it('refuses an event of a stranger', async () => {
    const before = stage.opened.system.registry.kubeflow!.labels();
    await press(page, 'A stranger forges an event');
    const refused = page.locator('.story[data-state=refused]', { hasText: 'model.withdrawn prod/' });
    await refused.waitFor();
    // Nothing of ours was lost with it.
    assert.equal(await refused.locator('.healing').count(), 0);
    assert.deepEqual(stage.opened.system.registry.kubeflow!.labels(), before);
  });

  it('works on when any of the functions is killed', async () => {
    for (const { name } of stage.opened.system.functions) {
      await press(page, `Kill ${name}`);
      await page.locator(`[data-box="${name}"].off`).waitFor();
      const version = await promote();
      await page.locator(`[data-box="${name}"]:not(.off)`).waitFor();
      // A webhook that met a dead gitea-source is gone for good: Gitea does not send it again.
      if (name === 'gitea-source') await press(page, 'Reconcile now');
      await labelled(page, 'jukebox', version);
    }
  });

  it('complained of nothing and asked nobody else', () => visited.end());
});
