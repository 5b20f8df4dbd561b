import assert from 'node:assert/strict';
import fc from 'fast-check';
import { holdsLabel } from '../../promotions/deployment-record.ts';
import type { PromotedVersion, Promotion } from '../../promotions/promotion.ts';
import { planPromotion, type RegistryPlan, type RegistryState } from '../../promotions/registry-plan.ts';
import type { Properties, PropertyChange, PropertyValue, RegisteredVersion } from '../../promotions/registry-state.ts';

const now = Date.parse('2026-10-01T12:00:00Z');
const ours = 'https://git.example.test/a/b';
const versionNames = ['1', '2', '3', 'latest', 'v1_0'];

const serving = fc.record<PromotedVersion>(
  {
    version: fc.constantFrom(...versionNames),
    applications: fc.uniqueArray(fc.constantFrom('a', 'b', 'c'), { minLength: 1 }).map((names) => names.sort()),
    path: fc.constant('f'),
    commit: fc.constantFrom('c1', 'c2'),
    promotedAt: fc.constantFrom('2026-09-01T00:00:00Z', '2026-09-02T00:00:00Z'),
    promotedBy: fc.constantFrom({}, { login: 'ada' }, { name: 'Ada' }),
    uri: fc.constantFrom('oci://x', 'oci://y'),
  },
  { requiredKeys: ['version', 'applications', 'path', 'commit', 'promotedAt', 'promotedBy'] },
);

const promotion: fc.Arbitrary<Promotion> = fc.record({
  environment: fc.constant('prod'),
  model: fc.constant('m'),
  cause: fc.constantFrom('push' as const, 'reconcile' as const),
  repository: fc.constant(ours),
  branch: fc.constant('main'),
  head: fc.constantFrom('h1', 'h2'),
  observedAt: fc.constantFrom('2026-10-01T11:00:00.000Z', '2026-10-01T11:30:00.000Z'),
  complete: fc.boolean(),
  serving: fc.uniqueArray(serving, { selector: (entry) => entry.version, maxLength: 3 }),
});

const value: fc.Arbitrary<PropertyValue> = fc.oneof(
  fc.constantFrom('', 'x', 'c1').map((text) => ({ type: 'string' as const, value: text })),
  fc.constant({ type: 'other' as const, value: { metadataType: 'MetadataBoolValue', bool_value: true } }),
);

const keys = [
  'prod',
  'test',
  'prod.application',
  'prod.commit',
  'prod.promotedAt',
  'prod.promotedBy',
  'prod.retiredAt',
  'prod.replacedBy',
  '__proto__',
];
const properties: fc.Arbitrary<Properties> = fc
  .array(fc.tuple(fc.constantFrom(...keys), value))
  .map((entries) => new Map(entries));

const marker: fc.Arbitrary<Properties> = fc
  .record(
    {
      'prod.repository': fc.constantFrom(ours, ours.toUpperCase(), 'https://other.example.test/x/y'),
      'prod.head': fc.constantFrom('h1', 'h2'),
      'prod.observedAt': fc.constantFrom('2026-10-01T11:15:00.000Z', 'nonsense', '2027-01-01T00:00:00.000Z'),
    },
    { requiredKeys: [] },
  )
  .map((texts) => new Map(Object.entries(texts).map(([key, text]) => [key, { type: 'string' as const, value: text }])));

interface World {
  model: Properties;
  versions: Map<string, Properties>;
}

const world: fc.Arbitrary<World> = fc.record({
  model: marker,
  versions: fc
    .uniqueArray(fc.tuple(fc.constantFrom(...versionNames), properties), { selector: ([name]) => name })
    .map((entries) => new Map(entries)),
});

function stateOf({ model, versions }: World, event: Promotion): RegistryState {
  const all = [...versions].map(
    ([name, own]): RegisteredVersion => ({ id: name, modelId: 'm', name, properties: own }),
  );
  const named = all.filter(({ name }) => event.serving.some(({ version }) => version === name));
  return {
    model: { id: 'm', name: 'm', properties: model },
    holders: all.filter(({ properties: own }) => holdsLabel(own, 'prod')),
    named: new Map(named.map((version) => [version.name, version])),
    now,
  };
}

function lay(own: Properties, change: PropertyChange): Properties {
  const result = new Map(own);
  for (const key of change.remove) result.delete(key);
  for (const [key, text] of Object.entries(change.set)) result.set(key, { type: 'string', value: text });
  return result;
}

function apply(before: World, plan: RegistryPlan): World {
  const versions = new Map(before.versions);
  for (const { version, change } of [...plan.gains, ...plan.losses])
    versions.set(version.name, lay(before.versions.get(version.name)!, change));
  return { model: plan.markerDue ? lay(before.model, plan.marker) : before.model, versions };
}

const planFor = (event: Promotion, before: World) => planPromotion(event, stateOf(before, event), ['latest']);
const holders = ({ versions }: World) =>
  [...versions]
    .filter(([, own]) => holdsLabel(own, 'prod'))
    .map(([name]) => name)
    .sort();

describe('planPromotion', () => {
  it('is empty the second time', () => {
    fc.assert(
      fc.property(promotion, world, (event, before) => {
        const again = planFor(event, apply(before, planFor(event, before)));
        assert.deepEqual([again.markerDue, again.gains, again.losses], [false, [], []]);
      }),
    );
  });

  it('labels exactly the registered versions that serve, when nothing is in doubt', () => {
    fc.assert(
      fc.property(promotion, world, (event, before) => {
        const plan = planFor(event, before);
        fc.pre(plan.ignored === undefined);
        const after = holders(apply(before, plan));
        const registered = event.serving.map(({ version }) => version).filter((name) => before.versions.has(name));
        const doubt =
          !event.complete || event.serving.some(({ version }) => version !== 'latest' && !before.versions.has(version));
        assert.deepEqual(after, [...new Set(doubt ? [...holders(before), ...registered] : registered)].sort());
      }),
    );
  });

  it('touches no key but its own, and leaves no empty value but the label', () => {
    fc.assert(
      fc.property(promotion, world, (event, before) => {
        const plan = planFor(event, before);
        for (const { change } of [...plan.gains, ...plan.losses]) {
          for (const key of [...change.remove, ...Object.keys(change.set)]) assert.match(key, /^prod(\.|$)/);
          for (const [key, text] of Object.entries(change.set)) assert.ok(key === 'prod' || text !== '', key);
        }
        for (const key of Object.keys(plan.marker.set))
          assert.match(key, /^prod\.(repository|repositoryId|head|observedAt)$/);
      }),
    );
  });

  it('says the head last, so that a marker that was cut short is of no head that it does not know the time of', () => {
    fc.assert(
      fc.property(promotion, world, (event, before) => {
        const keys = Object.keys(planFor(event, before).marker.set);
        assert.ok(!keys.slice(0, -1).includes('prod.head'), keys.join());
      }),
    );
  });

  it('has one record for a version that Git calls by two names, of the first one, with the applications of both', () => {
    const version: RegisteredVersion = { id: 'v', modelId: 'm', name: '2', properties: new Map() };
    const entry = { path: 'f', promotedAt: '2026-09-01T00:00:00Z', promotedBy: {} };
    const serving = [
      { ...entry, version: '2', applications: ['b'], commit: 'c1' },
      { ...entry, version: 's3://2', applications: ['a', 'b'], commit: 'c2' },
    ];
    const event: Promotion = {
      ...{ environment: 'prod', model: 'm', cause: 'push', repository: ours, branch: 'main', head: 'h1' },
      ...{ observedAt: '2026-10-01T11:00:00.000Z', complete: true, serving },
    };
    const named = new Map(serving.map((one) => [one.version, version]));
    const plan = planPromotion(
      event,
      { model: { id: 'm', name: 'm', properties: new Map() }, holders: [], named, now },
      [],
    );
    const records = plan.gains.map(({ change: { set } }) => [set['prod.application'], set['prod.commit']]);
    assert.deepEqual(records, [['a,b', 'c1']]);
  });

  it('writes nothing at all when it ignores the event', () => {
    fc.assert(
      fc.property(promotion, world, (event, before) => {
        const plan = planFor(event, before);
        fc.pre(plan.ignored !== undefined);
        assert.deepEqual([plan.markerDue, plan.gains, plan.losses], [false, [], []]);
      }),
    );
  });

  it('never touches a model of another repository while a version holds the label', () => {
    fc.assert(
      fc.property(promotion, world, (event, before) => {
        const repository = before.model.get('prod.repository');
        fc.pre(repository?.type === 'string' && repository.value.includes('other') && holders(before).length > 0);
        assert.ok(planFor(event, before).ignored);
      }),
    );
  });

  it('treats a marker of a former address as it treats its own, and leaves its own behind', () => {
    fc.assert(
      fc.property(promotion, world, (event, before) => {
        const repository = before.model.get('prod.repository');
        fc.pre(repository?.type === 'string' && repository.value.includes('other'));
        const moved = { ...event, formerly: ['https://else.example.test/c/d', repository.value.toUpperCase()] };
        const asOwn = {
          ...before,
          model: new Map(before.model).set('prod.repository', { type: 'string', value: ours }),
        };
        const [plan, expected] = [planFor(moved, before), planFor(event, asOwn)];
        assert.deepEqual([plan.ignored, plan.gains, plan.losses], [expected.ignored, expected.gains, expected.losses]);
        if (plan.ignored !== undefined || event.serving.length === 0) return;
        const after = apply(before, plan).model.get('prod.repository');
        assert.deepEqual(after, { type: 'string', value: ours });
      }),
    );
  });

  it('says the same whatever order two events come in, when the later one was read later', () => {
    fc.assert(
      fc.property(promotion, promotion, world, (one, two, before) => {
        const early = { ...one, observedAt: '2026-10-01T11:00:00.000Z', complete: true };
        const late = { ...two, observedAt: '2026-10-01T11:30:00.000Z', complete: true, cause: 'push' as const };
        const names = [...early.serving, ...late.serving].map(({ version }) => version);
        fc.pre(names.every((name) => before.versions.has(name)) && late.head !== early.head);
        const own: World = { ...before, model: new Map() };
        const inOrder = [early, late].reduce<World>((state, event) => apply(state, planFor(event, state)), own);
        const turned = [late, early].reduce<World>((state, event) => apply(state, planFor(event, state)), own);
        assert.deepEqual(holders(turned), holders(inOrder));
      }),
    );
  });
});
