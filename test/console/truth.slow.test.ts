// What the page shows is what happened: read off the page, hop by hop, and held against the logs that the servers keep themselves.
import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { type Opened, labels as openLabels, press, row, stageOf, type Visit, verdict, visit } from './opened.ts';

interface ShownHop {
  key: string;
  badge: string;
  tries: number;
  calls: string[];
  attempts: string[];
}

describe('console, held against the logs of the servers', () => {
  const stage = stageOf();
  let visited: Visit;
  let shown: ShownHop[];

  before(async () => {
    visited = await visit(stage.browser, stage.opened.console.url);
    const { page } = visited;
    await press(page, 'Merge #1');
    await verdict(page, 'same');
    await press(page, 'Lose it');
    await press(page, 'Merge #2');
    await verdict(page, 'differs');
    await press(page, 'Reconcile now');
    await verdict(page, 'same');
    await press(page, 'Tamper with it');
    await press(page, 'Delete karaoke from prod');
    await page.getByRole('dialog').getByRole('button', { name: 'Delete', exact: true }).click();
    await verdict(page, 'differs');
    await press(page, 'A stranger forges an event');
    await page.locator('.story[data-state=refused] .hop', { hasText: 'model.withdrawn' }).first().waitFor();
    await press(page, 'Reconcile now');
    await verdict(page, 'same');
    await stage.opened.system.idle();
    await stage.opened.console.viewer.settled();
    await caughtUp(page, stage.opened);
    shown = await readHops(page);
  });

  it('shows every webhook with its fate, and no other', () => {
    const deliveries = stage.opened.system.gitea.standIn!.deliveries();
    const expected = deliveries.map(({ uuid, state, response }) => [
      `webhook ${uuid}`,
      state === 'dropped' ? 'lost' : String(response!.status),
    ]);
    const seen = shown.filter(({ key }) => key.startsWith('webhook ')).map(({ key, badge }) => [key, badge]);
    assert.deepEqual(seen.sort(), expected.sort());
    for (const fate of ['lost', '401', '202'])
      assert.ok(
        seen.some(([, badge]) => badge === fate),
        fate,
      );
  });

  it('shows every event for every subscriber, with all attempts and the last answer', () => {
    const { history, attempts } = stage.opened.system.broker;
    const expected = history
      .filter(({ triggers }) => triggers.length > 0)
      .flatMap(({ event, triggers }) =>
        triggers.map((trigger) => {
          const own = attempts.filter(
            (one) => one.event.attributes.id === event.attributes.id && one.trigger === trigger,
          );
          const last = own.findLast(({ to }) => to === 'subscriber')!;
          const list = own.map(({ to, status }) => `${to} ${status}`);
          return [`${event.attributes.id} ${trigger}`, String(last.status), list.join(', ')];
        }),
      );
    const seen = shown
      .filter(({ key, badge }) => !key.startsWith('webhook ') && badge !== '')
      .map(({ key, badge, attempts: list }) => [key, badge, list.join(', ')]);
    // One that came twice is one step with all its attempts.
    const once = new Map(expected.map((one) => [one[0], one]));
    assert.deepEqual(seen.sort(), [...once.values()].sort());
    assert.ok(expected.some(([, status]) => status === '401'));
  });

  it('shows every call of the functions to Gitea, registry and cluster, and none of its own', () => {
    const { gitea, registry, cluster } = stage.opened.system;
    const logged = (
      server: string,
      list: readonly { method: string; path: string; status: number; userAgent?: string }[],
    ) =>
      list
        .filter(({ userAgent }) => userAgent === 'post-deployment-functions')
        .map(({ method, path, status }) => `${server} ${method} ${plain(path)} ${status}`);
    const expected = [
      ...logged('Gitea', gitea.standIn!.accessLog),
      ...logged('Model Registry', registry.kubeflow!.calls),
      ...logged('Cluster', cluster!.standIn.kubernetes.calls),
    ];
    assert.deepEqual(shown.flatMap(({ calls }) => calls).sort(), expected.sort());
    assert.ok(expected.length > 50);
  });

  it('shows calls with the event that caused them', () => {
    const wanted: Record<string, RegExp> = {
      'Model Registry PATCH': / registry-writer$/,
      'Model Registry GET': / registry-writer$/,
      'Gitea GET /repos/user1/mlops-gitops/git/trees': / parse$/,
      'Gitea POST': / commit-status$/,
      'Cluster GET /apis/apps/v1/namespaces/user1-prod/deployments': / rollout-observer$/,
    };
    for (const [start, hop] of Object.entries(wanted)) {
      const found = shown.filter(({ calls }) => calls.some((call) => call.startsWith(start)));
      assert.ok(found.length > 0, start);
      for (const { key } of found) assert.match(key, hop, start);
    }
  });

  it('shows what Git and registry hold, asked directly', async () => {
    const { page } = visited;
    const labels = stage.opened.system.registry.kubeflow!.labels();
    for (const [model, versions] of Object.entries(labels)) {
      const holders = Object.keys(versions).filter((version) => versions[version]!.includes('prod'));
      const shownRow = row(page, model);
      if (holders.length === 0) {
        assert.equal(await shownRow.count(), 0, model);
        continue;
      }
      assert.equal(await shownRow.locator('.in-registry b').textContent(), holders.join(' and '), model);
      for (const [version, expected] of Object.entries(versions)) {
        const seen = await shownLabels(page, model, version);
        assert.deepEqual(seen, expected, `${model} ${version}`);
      }
    }
    const repository = stage.opened.system.gitea.standIn!.repository(stage.opened.system.gitea.repository);
    // A file has a row, or is listed below the rows.
    const files = [...repository.files().keys()].filter((path) => path.endsWith('config.yaml'));
    const listed = await keysOf(page, 'file');
    const inRows = await page
      .locator('#rows [data-key^="delete "]')
      .evaluateAll((list) => list.map((one) => one.getAttribute('data-key')!.slice('delete '.length)));
    assert.deepEqual([...listed, ...inRows].sort(), files.sort());
    assert.equal((await keysOf(page, 'commit')).includes(repository.head()!), true);
  });

  it('never shows a secret, wherever it is looked for', async () => {
    const { system, console: served } = stage.opened;
    const secrets = Object.entries(system.settings)
      .filter(([name, value]) => /SECRET|TOKEN|KEY/.test(name) && value)
      .map(([, value]) => value!);
    assert.ok(secrets.length >= 3);
    const all = served.happenings.all().map(({ seq }) => seq);
    let text = await visited.page.content();
    for (const seq of all) {
      const answer = await fetch(`${served.url}happening/${seq}`);
      text += await answer.text();
    }
    for (const secret of secrets) assert.equal(text.includes(secret), false);
    // Those that are no settings: what was made of the secrets.
    assert.match(text, /"x-gitea-signature":"•••"/i);
    assert.match(text, /"signature":"•••"/);
    const signed = system.broker.history.map(({ event }) => event.attributes.signature).filter(Boolean);
    assert.ok(signed.length > 0);
    for (const signature of signed) assert.equal(text.includes(signature!), false);
  });

  it('complained of nothing and asked nobody else', () => visited.end());
});

/** All labels of a version, in the opened row of its model. */
async function shownLabels(page: Page, model: string, version: string): Promise<string[]> {
  await openLabels(page, model, version);
  return row(page, model).locator(`tr[data-version="${model} ${version}"] .label`).allTextContents();
}

/** Resolves when the page has got the last that the console noted. */
async function caughtUp(page: Page, { console: served }: Opened): Promise<void> {
  const last = served.happenings.all().at(-1)!.seq;
  await page.locator(`#connection[data-seen="${last}"]`).waitFor();
}

async function keysOf(page: Page, name: string): Promise<string[]> {
  const keys = await page
    .locator(`[data-${name}]`)
    .evaluateAll((list, attribute) => list.map((one) => one.getAttribute(attribute)!), `data-${name}`);
  return keys.sort();
}

/** Opens every story and every hop, as a reader would, and reads what is there. */
async function readHops(page: Page): Promise<ShownHop[]> {
  await page.getByLabel('also what changed nothing').check();
  const hops: ShownHop[] = [];
  for (;;) {
    for (const key of await keysOf(page, 'story')) {
      const story = page.locator(`[data-story="${key}"]`);
      const summary = story.locator('button.summary');
      if ((await summary.count()) === 0) continue;
      if ((await summary.getAttribute('aria-expanded')) === 'false') await summary.click();
      for (const hop of await story.locator('.hop').all()) hops.push(await readHop(page, hop));
    }
    const older = page.getByRole('button', { name: 'Older' });
    if ((await older.count()) === 0 || (await older.isDisabled())) return hops;
    await older.click();
  }
}

async function readHop(page: Page, hop: ReturnType<Page['locator']>): Promise<ShownHop> {
  const badge = hop.locator('.badge');
  const tries = /(\d+) tries/.exec((await hop.textContent())!);
  const key = (await hop.getAttribute('data-hop'))!;
  await hop.click();
  const dialog = page.locator('#detail[open]');
  await dialog.locator('h3', { hasText: /^(CloudEvent|Webhook: headers)$/ }).waitFor();
  const rowsUnder = async (title: RegExp) => {
    const section = dialog.locator('section', { has: page.locator('h3', { hasText: title }) });
    const rows = await section.locator('tbody tr').all();
    return Promise.all(rows.map((row) => row.locator('td').allTextContents()));
  };
  const calls = (await rowsUnder(/^Calls it caused/)).map(([server, call, status]) => `${server} ${call} ${status}`);
  const kinds: Record<string, string> = { 'reply handed on': 'reply', 'dead-letter sink': 'dead-letter-sink' };
  const attempts = (await rowsUnder(/^Attempts$/)).map(
    ([what, answer]) => `${kinds[what!] ?? 'subscriber'} ${answer!.split(' ')[0]}`,
  );
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'hidden' });
  return {
    key,
    badge: (await badge.count()) === 0 ? '' : (await badge.textContent())!,
    tries: tries ? Number(tries[1]) : 1,
    calls,
    attempts,
  };
}

/** As a person reads a path: without what all have in common. */
function plain(path: string): string {
  return decodeURIComponent(path.replace(/^.*?\/(?:v1alpha3|api\/v1)(?=\/)/, '').replaceAll('+', ' '));
}
