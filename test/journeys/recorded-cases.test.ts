import assert from 'node:assert/strict';
import type { CloudEvent } from 'cloudevents';
import * as deploymentWarned from '../../events/deployment-warned.ts';
import { decodeAttributes } from '../../events/wire.ts';
import { openForge } from '../../forges/index.ts';
import type { Answer } from '../../functions/answer.ts';
import { eventHandler } from '../../functions/function.ts';
import { createGiteaSource } from '../../functions/gitea-source/function.ts';
import { createParse } from '../../functions/parse/function.ts';
import { readSettings } from '../../functions/settings.ts';
import type { Promotion } from '../../promotions/promotion.ts';
import { recordedCase } from '../forges/gitea/deliveries.ts';
import { settingsFor } from '../functions/gitea-source/world.ts';
import { createWorld } from '../functions/registry-writer/world.ts';
import { recordingIo } from '../io/recording-io.ts';
import { deliveryCases, readJson, SERVERS, type ServerName } from '../stand-ins/gitea/recorded-history.ts';
import { type Outcomes, recordedCases } from './recorded-cases.ts';
import { recordedGit } from './recorded-git.ts';

/** By delivery, the commit to which the watched branch was moved. */
type Moves = Record<string, string>;

/** Sends the deliveries of a case, byte for byte, through gitea-source and then through parse, as soon as they came. */
async function replay(
  server: ServerName,
  name: string,
  isSent: (event: string) => boolean,
): Promise<{ outcomes: Outcomes; promotions: Promotion[]; moves: Moves }> {
  const git = await recordedGit(server, name);
  try {
    const { io } = recordingIo();
    const source = createGiteaSource(settingsFor(), io, undefined);
    const settings = readSettings({ GITEA_URL: git.url, GITEA_REPOSITORY: git.repository }, 'parse', () => '');
    const events: CloudEvent<unknown>[] = [];
    const parse = eventHandler(
      createParse(settings, io, openForge(settings.parse, io), async (event) => {
        events.push(event);
        return { status: 202 };
      }),
      io,
    );
    const outcomes: Outcomes = {};
    const promotions: Promotion[] = [];
    const moves: Moves = {};
    const deliveries = recordedCase(`${server}/deliveries/${name}`);
    for (const delivery of deliveries) {
      const file = delivery.name.split('/').at(-1)!;
      const moved = git.learn(delivery.body);
      if (moved) moves[file] = moved;
      if (!isSent(delivery.headers['x-gitea-event-type']!)) continue;
      const received = await source.handle({ method: 'POST', headers: delivery.headers, rawBody: delivery.body });
      if (isAnswer(received)) {
        outcomes[file] = [`refused with ${received.statusCode}`];
        continue;
      }
      const answer = await parse.handle({ method: 'POST', headers: { 'ce-id': received.id } }, received);
      assert.deepEqual(answer, { statusCode: 202, headers: {}, body: '' }, file);
      const handedOn = events.splice(0).filter(({ type }) => type !== deploymentWarned.type) as CloudEvent<Promotion>[];
      promotions.push(...handedOn.map((event) => event.data!));
      const said = handedOn.map(line);
      if (said.length > 0) outcomes[file] = said;
    }
    return { outcomes, promotions, moves };
  } finally {
    await git.close();
  }
}

/**
 * A merged request says what the push of its merge says (`byPush`): alone, and where both come it is said once, whichever is first. The
 * server knows the request of a manual merge only later.
 */
async function withRequests(server: ServerName, name: string, byPush: Outcomes): Promise<void> {
  const both = await replay(server, name, () => true);
  const said = new Map(Object.entries(byPush).map(([file, lines]) => [both.moves[file] ?? file, lines] as const));
  const expected: Outcomes = {};
  for (const [file, after] of Object.entries(both.moves)) {
    if (said.has(after)) expected[file] = said.get(after)!;
    said.delete(after);
  }
  assert.deepEqual(both.outcomes, { ...expected, ...Object.fromEntries(said) });

  const alone = await replay(server, name, (event) => event === 'pull_request');
  const requests = Object.entries(alone.moves).filter(([file]) => file.includes('pull_request'));
  const wanted: Outcomes = {};
  for (const [file, after] of requests) {
    const [pushed] = Object.entries(byPush).find(([other]) => alone.moves[other] === after) ?? [];
    if (pushed !== undefined) wanted[file] = byPush[pushed]!;
  }
  const plain = (lines: Outcomes) => JSON.stringify(lines).replace(name.startsWith('06') ? / in #\d+/g : '', '');
  assert.deepEqual(JSON.parse(plain(alone.outcomes)), wanted);
}

function isAnswer(value: Answer | CloudEvent<unknown>): value is Answer {
  return 'statusCode' in value;
}

/** `prod/jukebox 1.10 by ada in #3`; `-` is withdrawn. */
function line(event: CloudEvent<Promotion>): string {
  const { environment, model, serving, complete, cause } = event.data!;
  assert.equal(cause, 'push');
  assert.equal(event.type, `dev.mlops.model.${serving.length > 0 ? 'promoted' : 'withdrawn'}.v1`);
  assert.equal(decodeAttributes(event).subject, `${environment}/${model}`);
  const versions = serving.map(({ version, promotedBy, pullRequest }) => {
    const by = promotedBy.login ?? `${promotedBy.name} (no account)`;
    return `${version} by ${by}${pullRequest ? ` in #${pullRequest.number}` : ''}`;
  });
  return `${environment}/${model} ${versions.join(', ') || '-'}${complete ? '' : ' (incomplete)'}`;
}

/** What was said last about a model is what the recorded head says, read in the simplest way. */
function endsAsRecorded(server: ServerName, name: string, outcomes: Outcomes): void {
  const { expect } = readJson<{ expect: { deployments: Record<string, string> } }>(
    `${server}/deliveries/${name}/case.json`,
  );
  const deployed = Object.entries(expect.deployments)
    .filter(([path]) => path.startsWith('model-deployments/prod/'))
    .map(
      ([, text]) => [/^name: (.*)$/m.exec(text)?.[1], /^version: ["']?(.*?)["']?(?: #.*)?$/m.exec(text)?.[1]] as const,
    );
  const last = new Map<string, string>();
  for (const text of Object.values(outcomes).flat()) {
    const [, model, version] = /^prod\/(.*?) (\S+)(?: by .+?)?(?: \(incomplete\))?$/.exec(text) ?? [];
    if (model && version) last.set(model, version);
  }
  const oddlyWritten = ['v-anchor', 'v-block', 'v-tagged'];
  for (const [model, version] of last) {
    if (oddlyWritten.includes(model)) continue;
    assert.equal(deployed.find(([name]) => name === model)?.[1] ?? '-', version, model);
  }
}

/** The same events through registry-writer, each twice, the second time in turned order: labels are as said last. */
async function labelsFollow(promotions: readonly Promotion[]): Promise<void> {
  if (promotions.length === 0) return;
  const world = await createWorld();
  try {
    const versions = new Map<string, Set<string>>();
    const wanted: Record<string, string[]> = {};
    for (const { model, serving, complete } of promotions) {
      // No label is taken away while a file cannot be read.
      const kept = complete ? [] : (wanted[model] ?? ['before']);
      wanted[model] = [...new Set([...kept, ...serving.map(({ version }) => version)])].sort();
      const names = versions.get(model) ?? new Set(['before']);
      for (const version of wanted[model]) names.add(version);
      versions.set(model, names);
    }
    for (const [model, names] of versions) {
      const labels = (name: string) => (name === 'before' ? ['prod', 'test'] : ['test']);
      world.registry.addModel({ name: model, versions: [...names].map((name) => ({ name, labels: labels(name) })) });
    }
    for (const promotion of [...promotions, ...promotions.toReversed()]) {
      const { status } = await world.send(promotion);
      assert.equal(status, 200);
    }
    const held = Object.entries(world.registry.labels()).map(([model, all]) => [
      model,
      Object.keys(all)
        .filter((name) => all[name]?.includes('prod'))
        .sort(),
    ]);
    assert.deepEqual(Object.fromEntries(held), wanted);
  } finally {
    await world.close();
  }
}

describe('recorded deliveries, from the bytes of the webhook over the events of parse to the labels', () => {
  for (const server of SERVERS) {
    for (const name of deliveryCases(server)) {
      it(`${server} ${name}`, async () => {
        const { outcomes, promotions, moves } = await replay(
          server,
          name,
          // Without a secret all are refused alike.
          (event) => event !== 'pull_request' || name === '22-no-secret',
        );
        assert.deepEqual(outcomes, recordedCases[server][name]);
        endsAsRecorded(server, name, outcomes);
        await labelsFollow(promotions);
        if (promotions.length > 0 && Object.keys(moves).some((file) => file.includes('pull_request')))
          await withRequests(server, name, outcomes);
      });
    }
  }
});
