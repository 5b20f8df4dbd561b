// Before servers that are not ours the console only reads, and says why it does nothing. The other servers are stand-ins that the
// system does not know to be some.
import assert from 'node:assert/strict';
import type { Browser } from 'playwright-core';
import { startConsole } from '../../local/console/index.ts';
import { consoleAgent } from '../../local/console/readers.ts';
import { openStage } from '../../local/opening.ts';
import { deploymentFile } from '../../local/seed.ts';
import { startSystem } from '../../local/system.ts';
import { createGiteaStandIn } from '../../stand-ins/gitea/index.ts';
import { createModelRegistryStandIn } from '../../stand-ins/model-registry/index.ts';
import { tool } from '../tool.ts';
import { labelled, labels, openBrowser, press, row, verdict, visit } from './opened.ts';

describe('console before real servers', () => {
  let browser: Browser;
  const opened: { close(): Promise<void> }[] = [];
  before(async function () {
    browser = await openBrowser(tool(this, 'CHROMIUM'));
  });
  after(async () => {
    await browser?.close();
    for (const one of opened.splice(0).reverse()) await one.close();
  });

  it('shows them, follows what changes there, and leaves them alone', async () => {
    const gitea = await createGiteaStandIn({ users: [{ login: 'ada', email: 'ada@example.test' }] });
    opened.push(gitea);
    const path = 'model-deployments/prod/lamp/config.yaml';
    const repository = gitea.createRepository('ada/fleet', { files: { [path]: deploymentFile('lamp', '1', 'prod') } });
    repository.commit({ branch: 'lamp-2', files: { [path]: deploymentFile('lamp', '2', 'prod') }, message: 'Promote' });
    repository.openPullRequest({ title: 'Promote lamp 2', head: 'lamp-2' });
    const registry = await createModelRegistryStandIn({ token: 'known' });
    opened.push(registry);
    registry.addModel({ name: 'lamp', versions: [{ name: '1', labels: ['prod'] }, { name: '2' }] });
    // Of people who share the registry: no difference of ours.
    registry.addModel({ name: 'theirs', versions: [{ name: '1', labels: ['prod'] }] });
    const system = await startSystem({
      settings: {
        GITEA_URL: gitea.url,
        GITEA_TOKEN: gitea.createToken('ada', ['read:repository', 'read:user']),
        GITEA_REPOSITORY: 'ada/fleet',
        MODEL_REGISTRY_URL: registry.url,
        MODEL_REGISTRY_TOKEN: 'known',
        GITEA_WEBHOOK_SECRET: 'a-secret-we-chose',
      },
    });
    opened.push(system);
    const served = await startConsole(system);
    opened.push(served);
    await openStage(system);
    const { page, end } = await visit(browser, served.url);

    await press(page, 'Make it hard');
    await page.locator('[data-pull="1"]', { hasText: 'Promote lamp 2' }).waitFor();
    for (const name of ['Lose it', 'Stop Gitea', 'Stop the registry', 'A colleague moves a label'])
      assert.equal(await page.getByRole('button', { name, exact: true }).isDisabled(), true, name);
    assert.equal(await page.getByRole('button', { name: /^(Merge|Edit|Delete|Revert|Promote)/ }).count(), 0);
    await page.locator('#requests', { hasText: 'This is a real Gitea' }).waitFor();
    assert.equal(await row(page, 'lamp').locator('.menu').count(), 0);
    await page.locator('#trouble', { hasText: 'is a real server and left alone' }).waitFor();

    // What happens there shows by itself.
    repository.createWebhook({ url: system.webhook.url, secret: 'a-secret-we-chose', events: ['push'] });
    repository.mergePullRequest(1);
    await labelled(page, 'lamp', '2');
    await verdict(page, 'same');
    assert.deepEqual(await labels(page, 'lamp', '1'), []);
    await page.locator('.hop[data-type*=promoted]').first().waitFor();
    await press(page, 'Reconcile now');
    await page.locator('.story', { hasText: 'Reconcile' }).first().waitFor();
    await end();

    // The console itself has written to neither.
    const own = [...gitea.accessLog, ...registry.calls].filter(({ userAgent }) => userAgent === consoleAgent);
    assert.ok(own.length > 0);
    assert.deepEqual(
      own.filter(({ method }) => method !== 'GET'),
      [],
    );
    const writers = [...gitea.accessLog, ...registry.calls].filter(({ method }) => method !== 'GET');
    for (const { userAgent } of writers) assert.equal(userAgent, 'post-deployment-functions');
  });
});
