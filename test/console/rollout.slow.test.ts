// What serves, between Git and registry: a rollout that succeeds, one whose image is missing and how that is healed, an API server that
// is away. The cluster takes its steps when the test says so.
import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { labelled, labels, phase, press, request, row, serves, stageOf, type Visit, verdict, visit } from './opened.ts';

/** ms between two steps of the cluster: more than any test takes. */
const never = 1_000_000_000;

describe('console, where rollouts are observed', () => {
  const stage = stageOf({ cluster: { stepMs: never } }, true);
  let visited: Visit;
  let page: Page;

  before(async () => {
    visited = await visit(stage.browser, stage.opened.console.url);
    page = visited.page;
    await press(page, 'Reconcile now');
    await verdict(page, 'same');
  });

  const goOn = () => stage.opened.system.cluster!.standIn.settle();

  async function promote(version: string): Promise<void> {
    const number = await request(page, 'jukebox', version);
    await press(page, `Merge #${number}`);
    await labelled(page, 'jukebox', version);
  }

  /** The row of the model as one reads it, without times and whose it was. */
  async function shown(): Promise<string> {
    const parts = ['.in-git b', '.in-cluster b', '.in-registry b', '.state', '.reason'];
    const texts = await Promise.all(parts.map((part) => row(page, 'jukebox').locator(part).allInnerTexts()));
    return texts.flat().join(' ').replace(/\s+/g, ' ');
  }

  it('shows what serves between Git and registry, since when', async () => {
    await phase(page, 'jukebox', 'verified');
    assert.equal(await shown(), '1.0.0 1.0.0 1.0.0 ✓ in sync');
    assert.match(await row(page, 'jukebox').locator('.in-cluster small').innerText(), /^seen since [\d:]+$/);
  });

  it('shows a rollout that is under way, and its end', async () => {
    await promote('1.1.0');
    // Before the first observation it is being rolled out, too.
    await row(page, 'jukebox').locator('.reason', { hasText: 'is being rolled out' }).waitFor();
    assert.equal(await shown(), '1.1.0 1.0.0 1.1.0 … rolling out 1.1.0 is being rolled out.');
    await verdict(page, 'rolling');
    assert.equal(await page.locator('#verdict-more').textContent(), 'jukebox (prod)');
    await page.locator('.story[data-state=open]').first().waitFor();
    goOn();
    await phase(page, 'jukebox', 'verified');
    await serves(page, 'jukebox', '1.1.0');
    await verdict(page, 'same');
    assert.deepEqual(await labels(page, 'jukebox', '1.0.0'), []);
  });

  it('says that a rollout failed and why, while the old version serves, until the next promotion heals it', async () => {
    await press(page, 'Its image is missing');
    await page.locator('[data-key=miss-image][aria-pressed=true]').waitFor();
    await promote('1.2.0');
    goOn();
    await phase(page, 'jukebox', 'failed');
    assert.equal(
      await shown(),
      '1.2.0 1.1.0 1.2.0 ✕ failed The rollout of 1.2.0 failed: container modelcar: ImagePullBackOff: Back-off pulling image ' +
        '"image-registry.openshift-image-registry.svc:5000/user1-prod/jukebox:1.2.0". Look at its Pods in the cluster. ' +
        'The label follows Git: deploy another version, or correct what keeps this one from starting.',
    );
    await verdict(page, 'failed');
    await page.locator('.story[data-state=unserved]', { hasText: 'jukebox 1.2.0 → prod' }).waitFor();
    await serves(page, 'jukebox', '1.1.0');
    assert.deepEqual(await labels(page, 'jukebox', '1.2.0'), ['prod', 'test']);
    assert.equal(await page.locator('[data-key=miss-image][aria-pressed=true]').count(), 0);

    await promote('1.0.0');
    goOn();
    await phase(page, 'jukebox', 'verified');
    await serves(page, 'jukebox', '1.0.0');
    await verdict(page, 'same');
  });

  it('goes on by itself when somebody pushes the missing image after all', async () => {
    await promote('1.2.0');
    goOn();
    await phase(page, 'jukebox', 'failed');
    await press(page, 'Push jukebox:1.2.0');
    await page.getByRole('button', { name: 'Push jukebox:1.2.0' }).waitFor({ state: 'detached' });
    goOn();
    // The watch of this rollout had ended when Kubernetes gave up: the next reconcile sees it.
    await press(page, 'Reconcile now');
    await phase(page, 'jukebox', 'verified');
    await serves(page, 'jukebox', '1.2.0');
    await verdict(page, 'same');
  });

  it('tries again until the API server is back', async () => {
    await press(page, 'Stop the cluster');
    await page.locator('[data-box=cluster].off').waitFor();
    await verdict(page, 'unclear');
    assert.match(
      (await page.locator('#verdict').innerText())!,
      /Git and registry are in sync\s+the cluster does not answer/,
    );
    await promote('1.1.0');
    await page.locator('[data-hop$="rollout-observer"] .badge', { hasText: '503' }).first().waitFor();
    goOn();
    await press(page, 'Start the cluster again');
    await phase(page, 'jukebox', 'verified');
    await serves(page, 'jukebox', '1.1.0');
  });

  it('complained of nothing and asked nobody else', () => visited.end());
});
