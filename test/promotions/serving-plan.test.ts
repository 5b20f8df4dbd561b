import assert from 'node:assert/strict';
import fc from 'fast-check';
import { holdsLabel } from '../../promotions/deployment-record.ts';
import type { Promotion } from '../../promotions/promotion.ts';
import { planPromotion } from '../../promotions/registry-plan.ts';
import type { Properties, PropertyChange, PropertyValue, RegisteredVersion } from '../../promotions/registry-state.ts';
import { isServing, type Observed, planServing, type ServingPlan } from '../../promotions/serving-plan.ts';

const now = Date.parse('2026-10-01T12:00:00Z');
const registered = ['1', '2', '3'];
const times = ['10:00', '10:01', '10:02', '10:03'].map((time) => `2026-10-01T${time}:00.000Z`);

const observed: fc.Arbitrary<Observed> = fc
  .record({
    observedAt: fc.constantFrom(...times),
    cluster: fc.constantFrom('here', 'here', 'here', 'there'),
    phase: fc.constantFrom('verified', 'progressing', 'failed', 'drifted', 'unknown'),
    reason: fc.constantFrom(undefined, 'ImagePullBackOff: back-off 10s', 'ImagePullBackOff: back-off 20s'),
    serving: fc.uniqueArray(
      fc.record({
        version: fc.constantFrom(...registered, '9', undefined),
        uri: fc.constant('oci://x'),
        weight: fc.constantFrom(undefined, 10, 90),
      }),
      { selector: ({ version }) => version, maxLength: 3 },
    ),
    target: fc.constantFrom(undefined, { uri: 'oci://x' }, ...registered.map((version) => ({ version }))),
  })
  .map((one) => ({ ...one, environment: 'prod', model: 'm' }) as Observed);

const own = ['serving', 'servingSince', 'servedUntil', 'weight', 'rollout'].map((name) => `prod.${name}`);
const others = ['prod', 'test', 'prod.commit', 'prod.promotedAt', 'prod.retiredAt', 'test.serving', '__proto__'];
const value: fc.Arbitrary<PropertyValue> = fc.oneof(
  fc.constantFrom('', 'x', times[0]!, 'failed: no').map((text) => ({ type: 'string' as const, value: text })),
  fc.constant({ type: 'other' as const, value: { metadataType: 'MetadataBoolValue', bool_value: true } }),
);
const properties: fc.Arbitrary<Properties> = fc
  .array(fc.tuple(fc.constantFrom(...own, ...others), value))
  .map((entries) => new Map(entries));

interface World {
  model: Properties;
  versions: Map<string, Properties>;
  lastSeen?: number;
}

/** Nobody has observed it yet, but anything may stand in the properties. */
const world: fc.Arbitrary<World> = fc.record({
  model: fc.constant<Properties>(new Map()),
  versions: fc
    .tuple(properties, properties, properties)
    .map((all) => new Map(all.map((one, i) => [registered[i]!, one]))),
});

const versionsOf = ({ versions }: World): RegisteredVersion[] =>
  [...versions].map(([name, map]) => ({ id: name, modelId: 'm', name, properties: map }));

const planFor = (event: Observed, { model, versions, lastSeen }: World): ServingPlan =>
  planServing(event, {
    model: { id: 'm', name: 'm', properties: model },
    versions: versionsOf({ model, versions }),
    now,
    ...(lastSeen !== undefined && { lastSeen }),
  });

function lay(map: Properties, change: PropertyChange): Properties {
  const result = new Map(map);
  for (const key of change.remove) result.delete(key);
  for (const [key, text] of Object.entries(change.set)) result.set(key, { type: 'string', value: text });
  return result;
}

function apply(before: World, event: Observed, plan = planFor(event, before)): World {
  const versions = new Map(before.versions);
  for (const { version, change } of [...plan.gains, ...plan.losses])
    versions.set(version.name, lay(versions.get(version.name)!, change));
  const lastSeen = plan.ignored === undefined ? Date.parse(event.observedAt) : before.lastSeen;
  return {
    model: plan.markDue ? lay(before.model, plan.mark) : before.model,
    versions,
    ...(lastSeen !== undefined && { lastSeen }),
  };
}

const serving = ({ versions }: World) =>
  [...versions].filter(([, map]) => isServing(map, 'prod')).map(([name]) => name);
const named = (event: Observed) => registered.filter((name) => event.serving.some(({ version }) => version === name));
const isDone = (plan: ServingPlan) => !plan.markDue && plan.gains.length === 0 && plan.losses.length === 0;

/** What is independent of when things were first seen: labels, weights, the word of the rollout. */
const shown = ({ versions }: World) =>
  [...versions].map(([name, map]) => {
    const text = (key: string) => {
      const property = map.get(`prod.${key}`);
      return property?.type === 'string' ? property.value.split(':', 1)[0] : property;
    };
    return [name, text('serving'), text('weight'), text('rollout'), map.has('prod.servedUntil')];
  });

describe('planServing', () => {
  it('writes nothing the second time, and nothing when only the time or the seconds of a reason are new', () => {
    fc.assert(
      fc.property(observed, world, fc.constantFrom(undefined, 'other words'), (event, before, reason) => {
        const after = apply(before, event);
        assert.ok(isDone(planFor(event, after)));
        const later = { ...event, observedAt: '2026-10-01T11:00:00.000Z', ...(reason && { reason }) };
        assert.ok(isDone(planFor(later, after)));
      }),
    );
  });

  it('labels exactly the registered versions that serve', () => {
    fc.assert(
      fc.property(observed, world, (event, before) => {
        assert.deepEqual(serving(apply(before, event)), named(event));
      }),
    );
  });

  it('converges when it is cut short after any write', () => {
    fc.assert(
      fc.property(observed, world, fc.nat(7), (event, before, cut) => {
        const plan = planFor(event, before);
        const gains = plan.gains.slice(0, cut);
        const losses = plan.losses.slice(0, Math.max(0, cut - plan.gains.length));
        const half = apply(before, event, { ...plan, gains, losses });
        assert.deepEqual(shown(apply(half, event)), shown(apply(before, event)));
      }),
    );
  });

  it('shows the observation that was made last, whatever order observations come in', () => {
    const several = fc.uniqueArray(observed, { selector: ({ observedAt }) => observedAt, minLength: 2, maxLength: 4 });
    fc.assert(
      fc.property(several, world, fc.infiniteStream(fc.nat()), (events, before, keys) => {
        const here = events.map((event) => ({ ...event, cluster: 'here' }));
        const last = here.reduce((a, b) => (a.observedAt < b.observedAt ? b : a));
        const order = here.map((event) => ({ event, key: keys.next().value as number }));
        const turned = order.sort((a, b) => a.key - b.key).map(({ event }) => event);
        const after = turned.reduce((state, event) => apply(state, event), before);
        const expected = apply(before, last);
        const labels = (state: World) => shown(state).map((one) => one.slice(0, 4));
        assert.deepEqual(labels(after), labels(expected));
      }),
    );
  });

  it('touches its own properties only, and says of a version in one write all there is to say', () => {
    fc.assert(
      fc.property(observed, world, (event, before) => {
        const plan = planFor(event, before);
        const all = [...plan.gains, ...plan.losses];
        for (const { change } of all)
          for (const key of [...change.remove, ...Object.keys(change.set)]) assert.ok(own.includes(key), key);
        for (const key of Object.keys(plan.mark.set)) assert.match(key, /^prod\.(cluster|seenAt)$/);
        assert.equal(new Set(all.map(({ version }) => version.id)).size, all.length);
        for (const { change } of all)
          for (const [key, text] of Object.entries(change.set)) assert.ok(key === 'prod.serving' || text !== '', key);
      }),
    );
  });

  it('says how far a rollout is on the version that Git deploys and that does not serve, and nowhere else', () => {
    fc.assert(
      fc.property(observed, world, (event, before) => {
        for (const [name, map] of apply(before, event).versions) {
          if (!map.has('prod.rollout')) continue;
          assert.ok(holdsLabel(map, 'prod') && !isServing(map, 'prod'), name);
          assert.ok(event.phase !== 'verified' && event.target && (event.target.version ?? name) === name);
        }
      }),
    );
  });

  it('gives a weight only while several serve', () => {
    fc.assert(
      fc.property(observed, world, (event, before) => {
        for (const [name, map] of apply(before, event).versions)
          assert.ok(!map.has('prod.weight') || (event.serving.length > 1 && named(event).includes(name)));
      }),
    );
  });

  it('keeps since when a version serves, and says until when one served', () => {
    const event = (version: string, observedAt: string): Observed => ({
      environment: 'prod',
      model: 'm',
      cluster: 'here',
      observedAt,
      phase: 'verified',
      serving: [{ version, uri: 'oci://x' }],
      target: { version },
    });
    const none: World = { model: new Map(), versions: new Map(registered.map((name) => [name, new Map()])) };
    const texts = (state: World, name: string) =>
      Object.fromEntries([...state.versions.get(name)!].map(([key, { value: text }]) => [key, text]));
    const first = apply(apply(none, event('1', times[0]!)), event('1', times[1]!));
    assert.deepEqual(texts(first, '1'), { 'prod.serving': '', 'prod.servingSince': times[0] });
    const second = apply(first, event('2', times[2]!));
    assert.deepEqual(texts(second, '1'), { 'prod.servingSince': times[0], 'prod.servedUntil': times[2] });
    assert.deepEqual(texts(second, '2'), { 'prod.serving': '', 'prod.servingSince': times[2] });
    const back = apply(second, event('1', times[3]!));
    assert.deepEqual(texts(back, '1'), { 'prod.serving': '', 'prod.servingSince': times[3] });
  });

  it('refuses another cluster, and writes nothing at all for what it ignores', () => {
    fc.assert(
      fc.property(observed, world, observed, (event, before, first) => {
        const known = apply(before, first);
        const plan = planFor(event, known);
        const isMarked = known.model.has('prod.cluster');
        if (isMarked && event.cluster !== first.cluster) assert.match(plan.ignored ?? '', /observed by the cluster/);
        else if (event.observedAt < first.observedAt) assert.match(plan.ignored ?? '', /older/);
        else assert.equal(plan.ignored, undefined);
        if (plan.ignored !== undefined) assert.ok(isDone(plan));
      }),
    );
  });

  it('names what serves and has no version here, or none that is registered', () => {
    fc.assert(
      fc.property(observed, world, (event, before) => {
        const unknown = event.serving.filter(({ version }) => !registered.includes(version ?? ''));
        assert.equal(planFor(event, before).unlabelled.length, unknown.length);
      }),
    );
  });

  it('is left alone by what says what Git deploys, also when a model is withdrawn', () => {
    const promotion: fc.Arbitrary<Promotion> = fc
      .uniqueArray(fc.constantFrom(...registered), { maxLength: 2 })
      .map((versions) => ({
        environment: 'prod',
        model: 'm',
        cause: 'push',
        repository: 'https://git.example.test/a/b',
        branch: 'main',
        head: 'h',
        observedAt: times[0]!,
        complete: true,
        serving: versions.map((version) => ({
          version,
          applications: ['a'],
          path: 'f',
          commit: 'c',
          promotedAt: times[0]!,
          promotedBy: {},
        })),
      }));
    fc.assert(
      fc.property(promotion, observed, world, (event, seen, before) => {
        const state = apply(before, seen);
        const versions = versionsOf(state);
        const plan = planPromotion(
          event,
          {
            model: { id: 'm', name: 'm', properties: state.model },
            holders: versions.filter(({ properties: map }) => holdsLabel(map, 'prod')),
            named: new Map(versions.map((version) => [version.name, version])),
            now,
          },
          [],
        );
        const keys = [plan.marker, ...[...plan.gains, ...plan.losses].map(({ change }) => change)].flatMap((change) => [
          ...change.remove,
          ...Object.keys(change.set),
        ]);
        for (const key of keys) assert.ok(![...own, 'prod.cluster', 'prod.seenAt'].includes(key), key);
      }),
    );
  });
});
