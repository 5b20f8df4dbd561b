import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import type { CloudEvent } from 'cloudevents';
import fc from 'fast-check';
import * as v from 'valibot';
import { StopError } from '../../events/errors.ts';
import {
  deliveryLost,
  deploymentWarned,
  environmentObserved,
  events,
  giteaWebhook,
  modelPromoted,
  modelWithdrawn,
  ping,
  registryDrifted,
  registryUpdated,
  servingObserved,
} from '../../events/index.ts';
import { pushSchema } from '../../forges/gitea/push.ts';
import { nameError } from '../../promotions/name-error.ts';
import type { Drift, EnvironmentReport, Promotion } from '../../promotions/promotion.ts';
import { type Broken, eventOf, overBinary, sample } from './samples.ts';

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : never;
// Do not compile when a schema and the word of the field it stands for drift apart.
const sameTypes: [
  Same<v.InferOutput<typeof modelPromoted.schema>, Flat<Promotion>>,
  Same<v.InferOutput<typeof modelWithdrawn.schema>, Flat<Promotion>>,
  Same<v.InferOutput<typeof environmentObserved.schema>, Flat<EnvironmentReport>>,
  Same<v.InferOutput<typeof registryDrifted.schema>, Flat<Drift>>,
] = [true, true, true, true];
/** Interfaces as plain object types, optional fields as valibot has them. */
type Flat<T> = T extends (infer E)[] ? Flat<E>[] : T extends object ? { [K in keyof T]: Flat<T[K]> } : T;

const origin = {
  cause: { source: 'https://gitea.example.com/a/b', id: 'c1' },
  time: '2026-11-02T09:30:01.000Z',
  traceparent: `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01`,
};
const read = (type: string) => events.find((one) => one.type === type)!.read;
const anyText = fc.string({ unit: 'binary', minLength: 1 });
const anyName = anyText.filter((text) => nameError(text) === undefined);

describe('events', () => {
  it('has one entry per type, and a sample and a schema for each', () => {
    assert.equal(sameTypes.length, 4);
    const types = events.map(({ type }) => type).sort();
    assert.equal(new Set(types).size, types.length);
    const files = (folder: string) => readdirSync(new URL(`../../events/${folder}`, import.meta.url)).sort();
    assert.deepEqual(
      files('samples').filter((name) => !name.startsWith('webhook.')),
      types.map((type) => `${type}.json`),
    );
    assert.deepEqual(
      files('schemas'),
      types.map((type) => `${type}.schema.json`),
    );
  });

  for (const { type, schema, read } of events) {
    it(`reads the sample of ${type}`, () => {
      assert.equal(v.safeParse(schema, sample(type)).success, true);
      assert.doesNotThrow(() => read(eventOf(type, sample(type))));
    });

    it(`refuses another type as ${type}`, () => {
      assert.throws(() => read(eventOf('other', sample(type))), { name: 'StopError', status: 422 });
    });
  }

  it('keeps bodies of webhooks that are webhooks', () => {
    assert.equal(v.safeParse(pushSchema, sample('webhook.push.body')).success, true);
    assert.equal(v.safeParse(giteaWebhook.schema, sample('webhook.pull_request.body')).success, true);
  });
});

describe('making and reading events', () => {
  const promotion = sample<Promotion>(modelPromoted.type);
  const withdrawal = sample<Promotion>(modelWithdrawn.type);
  const observation = sample<EnvironmentReport>(environmentObserved.type);
  const drift = sample<Drift>(registryDrifted.type);
  const update = sample<registryUpdated.RegistryUpdate>(registryUpdated.type);
  const served = sample<servingObserved.ServingObservation>(servingObserved.type);
  const loss = sample<deliveryLost.Loss>(deliveryLost.type);
  const warning = sample<deploymentWarned.DeploymentWarning>(deploymentWarned.type);

  it('sets the attributes of promoted', () => {
    const { id, time, data, ...rest } = modelPromoted.make(promotion, origin).toJSON();
    assert.match(String(id), /^[0-9a-f]{64}$/);
    assert.deepEqual(JSON.parse(JSON.stringify(rest)), {
      type: 'dev.mlops.model.promoted.v1',
      source: 'https://gitea.example.com/mlops/mlops-gitops',
      specversion: '1.0',
      subject: 'prod/demand-forecast',
      datacontenttype: 'application/json',
      partitionkey: 'demand-forecast',
      traceparent: origin.traceparent,
    });
    assert.equal(time, origin.time);
    assert.deepEqual(data, promotion);
  });

  for (const [event, subject, key] of [
    [modelWithdrawn.make(withdrawal, origin), 'prod/old-forecast', 'old-forecast'],
    [environmentObserved.make(observation, origin), 'prod', 'mlops/mlops-gitops/prod'],
    [registryDrifted.make(drift, origin), 'prod', 'mlops/mlops-gitops/prod'],
    [registryUpdated.make(update, origin), 'prod/demand-forecast', 'demand-forecast'],
    [servingObserved.make(served, origin), 'prod/demand-forecast', 'demand-forecast'],
    [deploymentWarned.make(warning, origin), 'prod', 'mlops/mlops-gitops/prod'],
    [deliveryLost.make(loss, origin), 'prod/demand-forecast', 'prod/demand-forecast'],
    [ping.make({ id: '1', source: '/ping', time: origin.time }), 'reconcile', '/ping'],
  ] as [CloudEvent<unknown>, string, string][]) {
    it(`sets subject and partitionkey of ${event.type}`, () => {
      assert.equal(event.subject, subject);
      assert.equal(event.partitionkey, key);
      assert.doesNotThrow(() => event.validate());
    });
  }

  it('leaves traceparent out when there is none', () => {
    assert.equal('traceparent' in modelPromoted.make(promotion, { ...origin, traceparent: undefined }), false);
  });

  it('gives the same id for the same cause and head, another for any other', () => {
    const id = (change: Partial<Promotion>, cause = origin.cause) =>
      modelPromoted.make({ ...promotion, ...change }, { ...origin, cause }).id;
    assert.equal(id({}), id({ observedAt: '2026-11-02T10:00:00.000Z', complete: false, cause: 'reconcile' }));
    const others = [
      id({ environment: 'test' }),
      id({ model: 'x' }),
      id({ head: 'a'.repeat(40) }),
      id({}, { ...origin.cause, id: 'c2' }),
      id({}, { ...origin.cause, source: 'https://gitea.example.com/a/c' }),
      // The same characters, cut elsewhere.
      id({ environment: 'prodd', model: 'emand-forecast' }),
      modelWithdrawn.make({ ...promotion, serving: [] }, origin).id,
      id({}),
    ];
    assert.equal(new Set(others).size, others.length);
  });

  it('gives every page and every loss an id of its own, and no other outcome', () => {
    const page = (number: number) =>
      environmentObserved.make({ ...observation, page: { ...observation.page, number } }, origin).id;
    assert.notEqual(page(1), page(2));
    assert.equal(page(1), page(1));
    const other = { ...loss, event: { ...loss.event, id: '2' } };
    assert.notEqual(deliveryLost.make(loss, origin).id, deliveryLost.make(other, origin).id);
    const again = { ...update, outcome: 'unchanged' as const, changes: [] };
    assert.equal(registryUpdated.make(update, origin).id, registryUpdated.make(again, origin).id);
  });

  it('gives every observation of what serves an id of its own', () => {
    const id = (change: Partial<servingObserved.ServingObservation>) =>
      servingObserved.make({ ...served, ...change }, origin).id;
    assert.equal(id({}), id({}));
    const ids = [
      id({}),
      id({ phase: 'verified' }),
      id({ serving: [] }),
      id({ observedAt: '2026-11-02T09:40:00.000Z' }),
    ];
    assert.equal(new Set(ids).size, ids.length);
  });

  it('brings any text through: make, encode, decode, read', () => {
    fc.assert(
      fc.property(anyName, anyName, anyName, anyText, (model, version, application, title) => {
        const [serving] = promotion.serving;
        const given: Promotion = {
          ...promotion,
          model,
          branch: title,
          repository: `https://gitea.example.com/${encodeURIComponent(application)}/b`,
          serving: [
            {
              ...serving!,
              version,
              applications: [application],
              promotedBy: { name: title },
              pullRequest: { ...serving!.pullRequest!, title },
            },
          ],
        };
        const event = overBinary(modelPromoted.make(given, origin));
        assert.deepEqual(modelPromoted.read(event), given);
        assert.equal(event.subject, `prod/${model}`);
        assert.equal(event.partitionkey, model);
        assert.equal(event.source, given.repository);
        const observed = { ...observation, models: [{ model, versions: [{ version, applications: [application] }] }] };
        assert.deepEqual(environmentObserved.read(overBinary(environmentObserved.make(observed, origin))), observed);
        const drifted = { ...drift, models: [{ model, git: [version], registry: [] }] };
        assert.deepEqual(registryDrifted.read(overBinary(registryDrifted.make(drifted, origin))), drifted);
        const lost = { ...loss, event: { ...loss.event, subject: model }, reason: title };
        assert.deepEqual(deliveryLost.read(overBinary(deliveryLost.make(lost, origin))), lost);
        const updated = {
          ...update,
          model,
          reason: title,
          changes: [
            { on: 'version' as const, name: version, set: { [`prod.${model}`]: title }, removed: [application] },
          ],
        };
        assert.deepEqual(registryUpdated.read(overBinary(registryUpdated.make(updated, origin))), updated);
        const observing = {
          ...served,
          model: drifted.models[0]!.model,
          cluster: application,
          serving: [{ version, uri: title, pods: 0 }],
        };
        assert.deepEqual(servingObserved.read(overBinary(servingObserved.make(observing, origin))), observing);
      }),
    );
  });

  it('makes a webhook whose data is the text as it came', () => {
    const text = '{ "repository": {"html_url":"https://g.example.com/a/b", "full_name":"a/b"},  "x": 1.0 }';
    const event = giteaWebhook.make({
      id: 'd1',
      eventType: 'pull_request_sync',
      event: 'pull_request',
      source: 'https://g.example.com/a/b',
      subject: '7',
      partitionkey: 'a/b',
      time: origin.time,
      text,
    });
    assert.equal(event.data, text);
    assert.equal(event.type, 'dev.knative.source.gitea.pull_request_sync');
    assert.deepEqual(['truncated' in event, 'ref' in event, event.giteaevent], [false, false, 'pull_request']);
    assert.deepEqual(giteaWebhook.read(overBinary(event)), JSON.parse(text));
  });
});

describe('refusing events', () => {
  type Break = (data: Broken) => unknown;
  const cases: Record<string, [string, Break, string][]> = {
    [modelPromoted.type]: [
      ['no environment', (d) => delete d.environment, 'environment'],
      ['an environment in capitals', (d) => (d.environment = 'PROD'), 'environment'],
      ['an environment that is a field of the registry', (d) => (d.environment = 'state'), 'environment'],
      ['an empty model', (d) => (d.model = ''), 'model'],
      ['a number as model', (d) => (d.model = 5), 'model'],
      ['an unknown cause', (d) => (d.cause = 'whim'), 'cause'],
      ['a repository that is no URL', (d) => (d.repository = 'a/b'), 'repository'],
      ['a repository by another scheme', (d) => (d.repository = 'javascript:alert(1)'), 'repository'],
      ['a short head', (d) => (d.head = '3f2b8c1'), 'head'],
      ['a head in capitals', (d) => (d.head = 'A'.repeat(40)), 'head'],
      ['zeros as head', (d) => (d.head = '0'.repeat(40)), 'head'],
      ['a date as time', (d) => (d.observedAt = '2026-11-02'), 'observedAt'],
      ['a time without zone', (d) => (d.observedAt = '2026-11-02T09:30:00'), 'observedAt'],
      ['a month too many', (d) => (d.observedAt = '2026-13-02T09:30:00Z'), 'observedAt'],
      ['complete as text', (d) => (d.complete = 'true'), 'complete'],
      ['nothing that serves', (d) => (d.serving = []), 'serving'],
      ['serving as object', (d) => (d.serving = {}), 'serving'],
      ['a version twice', (d) => d.serving.push(d.serving[0]), 'serving'],
      ['an empty version', (d) => (d.serving[0].version = ''), 'serving.0.version'],
      ['a number as version', (d) => (d.serving[0].version = 1.1), 'serving.0.version'],
      ['no application', (d) => (d.serving[0].applications = []), 'serving.0.applications'],
      ['an empty application', (d) => (d.serving[0].applications = ['']), 'serving.0.applications.0'],
      ['no path', (d) => delete d.serving[0].path, 'serving.0.path'],
      ['no commit', (d) => delete d.serving[0].commit, 'serving.0.commit'],
      ['null as uri', (d) => (d.serving[0].uri = null), 'serving.0.uri'],
      ['no person', (d) => delete d.serving[0].promotedBy, 'serving.0.promotedBy'],
      ['a name that is no text', (d) => (d.serving[0].promotedBy = { name: 1 }), 'serving.0.promotedBy.name'],
      ['half a pull request', (d) => delete d.serving[0].pullRequest.mergeCommit, 'serving.0.pullRequest.mergeCommit'],
      ['pull request 0', (d) => (d.serving[0].pullRequest.number = 0), 'serving.0.pullRequest.number'],
      ['pull request 1.5', (d) => (d.serving[0].pullRequest.number = 1.5), 'serving.0.pullRequest.number'],
    ],
    [modelWithdrawn.type]: [
      ['something that serves', (d) => (d.serving = sample<Broken>(modelPromoted.type).serving), 'serving'],
      ['no serving', (d) => delete d.serving, 'serving'],
    ],
    [environmentObserved.type]: [
      ['no page', (d) => delete d.page, 'page'],
      ['page 2 of 1', (d) => (d.page = { from: 'a', number: 2, of: 1 }), 'page'],
      ['a first page that begins late', (d) => (d.page.from = 'a'), 'page'],
      ['a last page that ends', (d) => (d.page.to = 'z'), 'page'],
      ['a page between without end', (d) => (d.page.of = 2), 'page'],
      ['a model beyond its page', (d) => (d.page = { from: '', to: 'e', number: 1, of: 2 }), 'data'],
      ['a model before its page', (d) => (d.page = { from: 'e', number: 2, of: 2 }), 'data'],
      ['a model twice', (d) => d.models.push(d.models[0]), 'models'],
      ['a version twice', (d) => d.models[0].versions.push(d.models[0].versions[0]), 'models.0.versions'],
      ['a model without versions', (d) => (d.models[0].versions = []), 'models.0.versions'],
    ],
    [registryDrifted.type]: [
      ['no models', (d) => (d.models = []), 'models'],
      ['a model twice', (d) => d.models.push(d.models[0]), 'models'],
      ['git as text', (d) => (d.models[0].git = '1'), 'models.0.git'],
      ['too many versions in Git', (d) => (d.models[0].git = Array(101).fill('1')), 'models.0.git'],
      ['too many holders', (d) => (d.models[0].registry = Array(101).fill('1')), 'models.0.registry'],
      [
        'too many records',
        (d) => (d.models[0].records = Array(101).fill({ version: '1', commit: 'a'.repeat(40) })),
        'models.0.records',
      ],
    ],
    [registryUpdated.type]: [
      ['an unknown outcome', (d) => (d.outcome = 'perhaps'), 'outcome'],
      ['no cause', (d) => delete d.cause, 'cause'],
      ['a change of nothing known', (d) => (d.changes[0].on = 'moon'), 'changes.0.on'],
    ],
    [servingObserved.type]: [
      ['a model that cannot be one', (d) => (d.model = 'a\nb'), 'model'],
      ['an unknown phase', (d) => (d.phase = 'perhaps'), 'phase'],
      ['a long reason', (d) => (d.reason = 'x'.repeat(201)), 'reason'],
      ['no workload', (d) => delete d.workload, 'workload'],
      ['less than no Pods', (d) => (d.serving[0].pods = -1), 'serving.0.pods'],
      ['half a Pod', (d) => (d.serving[0].pods = 0.5), 'serving.0.pods'],
      ['more than all requests', (d) => (d.serving[0].weight = 101), 'serving.0.weight'],
      ['too much that serves', (d) => (d.serving = Array(101).fill(d.serving[0])), 'serving'],
      ['no repository', (d) => delete d.repository, 'repository'],
    ],
    [deliveryLost.type]: [
      ['no event', (d) => delete d.event, 'event'],
      ['no reason', (d) => (d.reason = ''), 'reason'],
    ],
    [giteaWebhook.type]: [['a repository that is none', (d) => (d.repository = 5), 'repository']],
  };
  for (const [type, rows] of Object.entries(cases)) {
    for (const [name, breakIt, path] of rows) {
      it(`${type} with ${name}`, () => {
        const data = sample<Broken>(type);
        breakIt(data);
        assert.throws(
          () => read(type)(eventOf(type, data)),
          (error) => {
            assert.ok(error instanceof StopError);
            assert.equal(error.status, 422);
            assert.match(error.message, new RegExp(` ${path.replaceAll('.', '\\.')}: expected `));
            return true;
          },
        );
      });
    }
  }

  it('says what was expected and nothing of what came', () => {
    const data = { ...sample(modelPromoted.type), head: 'secret-word', cause: 'secret-word', 'secret-word': 1 };
    assert.throws(
      () => modelPromoted.read(eventOf(modelPromoted.type, data)),
      (error: Error) => {
        assert.equal(
          error.message,
          'The data of dev.mlops.model.promoted.v1 makes no sense: cause: expected "push" or "reconcile"; head: expected a full commit id (40 or 64 hex digits, not all zeros).',
        );
        return true;
      },
    );
  });

  it('stays short however much is wrong', () => {
    for (const length of [100, 100_000]) {
      const serving = Array.from({ length }, () => ({}));
      assert.throws(
        () => modelPromoted.read(eventOf(modelPromoted.type, { serving })),
        (error: Error) => error.message.length < 400 && /makes no sense: environment: expected/.test(error.message),
      );
    }
  });

  it('ignores fields it does not know, at every level', () => {
    const data = sample<Broken>(modelPromoted.type);
    const known = structuredClone(data);
    data.later = 1;
    data.serving[0].later = 1;
    data.serving[0].pullRequest.later = 1;
    assert.deepEqual(modelPromoted.read(eventOf(modelPromoted.type, data)), known);
  });

  it('takes commit ids of SHA-256 repositories and times of any zone', () => {
    const data = { ...sample(modelPromoted.type), head: 'b'.repeat(64), observedAt: '2026-11-02T10:30:00+01:00' };
    assert.equal(modelPromoted.read(eventOf(modelPromoted.type, data)).head, 'b'.repeat(64));
  });
});
