// Many events at once: what they share, what each keeps for itself, and what becomes of them when Git is slow.
import assert from 'node:assert/strict';
import type { CloudEvent } from 'cloudevents';
import fc from 'fast-check';
import { limits } from '../../../config/limits.ts';
import { TryAgainError } from '../../../events/errors.ts';
import { withWaiting } from '../../../io/calls.ts';
import { manualClock } from '../../io/manual-clock.ts';
import type { ObjectForge } from './object-forge.ts';
import { config, drift, parseWorld, ping, prod, promotionsOf, push, short, zeros } from './world.ts';

/** Until whatever goes on without time passing has gone on. */
const settle = () => new Promise((resolve) => setTimeout(resolve));

function parseWorldWithManualClock() {
  const { clock, turn } = manualClock();
  return { ...parseWorld({ io: (io) => ({ ...io, clock }) }), clock, turn };
}

/** A parse whose first look at the repository takes until it is let go. */
function held() {
  const { forge, ...world } = parseWorldWithManualClock();
  const { repository } = forge;
  let letGo = () => {};
  const gate = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  forge.repository = async () => {
    await gate;
    return repository();
  };
  const count = (call: string) => forge.calls.filter((one) => one.startsWith(call)).length;
  return { ...world, forge, letGo, count };
}

const models = ['a', 'b', 'c'];

/** A branch of a dozen heads; each says another version of one model, or takes it away. */
function branch(forge: ObjectForge, changes: readonly number[]): string[] {
  const start = Object.fromEntries(models.map((model) => [prod(model), config('0', model)]));
  return [
    forge.commit(start),
    ...changes.map((change, i) => {
      const model = models[change % 3]!;
      return forge.commit({ [prod(model)]: change > 8 ? null : config(`${i + 1}`, model) });
    }),
  ];
}

/** Everything but when it was read. */
const said = (events: readonly CloudEvent<unknown>[]) =>
  events
    .map(({ id, data, subject }) => JSON.stringify([id, subject, { ...(data as object), observedAt: undefined }]))
    .sort();

describe('events that wait for the same reading', () => {
  it('report what each alone would report, after two readings in all', async () => {
    const events = fc.array(
      fc.oneof(
        fc.record({ before: fc.nat(12), after: fc.nat(12) }),
        fc.subarray(models, { minLength: 1 }),
        fc.constant('zeros' as const),
      ),
      { minLength: 2, maxLength: 12 },
    );
    const changes = fc.array(fc.nat(11), { minLength: 12, maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(changes, events, async (drawn, chosen) => {
        const { forge, on, handed, letGo, count } = held();
        const commits = branch(forge, drawn);
        const head = commits.at(-1)!;
        const made = chosen.map((one, i) => {
          if (Array.isArray(one)) return drift(head, one, {}, `drift-${i}`);
          if (one === 'zeros') return push(zeros, head, { id: `push-${i}` });
          return push(commits[one.before]!, commits[one.after]!, { id: `push-${i}` });
        });
        const answers = made.map(on);
        letGo();
        await Promise.all(answers);
        assert.equal(count('repository'), 2);
        // Each tree is asked for once a reading.
        assert.ok(count('tree ') <= 4 + new Set(forge.calls.filter((call) => call.startsWith('tree '))).size);
        const alone: CloudEvent<unknown>[] = [];
        for (const event of made) {
          const world = parseWorld({ forge });
          await world.on(event);
          alone.push(...world.handed);
        }
        assert.deepEqual(said(handed), said(alone));
      }),
      { numRuns: 25 },
    );
  });

  it('as pings are one: nine hundred ask Git what two ask, hand on what two hand on, and hold up nobody', async () => {
    const { forge, on, handed, letGo } = held();
    const [before, after] = branch(forge, [0]) as [string, string];
    const pings = Array.from({ length: 900 }, () => on(ping()));
    const pushed = on(push(before, after));
    letGo();
    for (const { outcome } of await Promise.all([...pings, pushed])) assert.equal(outcome, 'done');
    assert.equal(handed.filter(({ type }) => type === 'dev.mlops.environment.observed.v1').length, 2);
    assert.deepEqual(short(handed.filter(({ type }) => type === 'dev.mlops.model.promoted.v1')), ['prod/a: 1']);
    // Twice the repository and the head, once the head's tree and what was before, and a second look for each round of handing on.
    assert.ok(forge.calls.length < 20, forge.calls.join('\n'));
  });

  it('get a head from after they came: what was pushed while another reading was under way is reported', async () => {
    const { forge, on, handed } = parseWorld();
    const [first] = branch(forge, []) as [string];
    let second = '';
    const { tree } = forge;
    let later: Promise<unknown> = Promise.resolve();
    forge.tree = async (commit) => {
      if (second === '') {
        second = forge.commit({ [prod('b')]: config('1', 'b') });
        later = on(push(first, second, { id: 'later' }));
      }
      return tree(commit);
    };
    await on(push(zeros, first, { id: 'sooner' }));
    await later;
    const promotions = promotionsOf(handed);
    assert.deepEqual([...new Set(promotions.map(({ head }) => head))], [first, second]);
    // The first leaves the head that it did not read to the push that came later.
    assert.deepEqual(short(handed), ['prod/a: 0', 'prod/b: 0', 'prod/c: 0', 'prod/b: 1']);
  });

  it('count how long they waited for what another one asked', async () => {
    const { on, forge, clock, turn, letGo } = held();
    branch(forge, []);
    const waits = [1, 2].map(() =>
      withWaiting(clock, async (waiting) => {
        await on(ping());
        return waiting.ms();
      }),
    );
    await settle();
    turn(5_000);
    letGo();
    // The first one's own calls are counted where they are made, which is not in this test.
    assert.deepEqual(await Promise.all(waits), [0, 5_000]);
  });
});

describe('events that wait for a Git that does not answer', () => {
  const late = (error: unknown) => error instanceof TryAgainError && /time limit of one reading/.test(error.message);

  it('are put off when their reading has had its time, and the way is free again', async () => {
    const { forge, on, turn, handed } = parseWorldWithManualClock();
    const { tree } = forge;
    branch(forge, []);
    forge.tree = () => new Promise(() => {});
    const first = assert.rejects(on(ping()), late);
    await settle();
    const second = assert.rejects(on(ping()), late);
    for (let reading = 0; reading < 2; reading++) {
      turn(limits.parseReading);
      await settle();
    }
    await Promise.all([first, second]);
    forge.tree = tree;
    await on(ping());
    assert.equal(handed.length, 1);
  });

  it('are turned away at once when more wait than the last reading had time for, until one has time for all', async () => {
    const { forge, on, turn } = parseWorldWithManualClock();
    const [before, after] = branch(forge, [0]) as [string, string];
    const { tree } = forge;
    let hang = true;
    forge.tree = (commit) => (hang ? new Promise(() => {}) : tree(commit));
    const pushed = (id: string) => on(push(before, after, { id }));
    const first = assert.rejects(pushed('0'), late);
    const waiting = Promise.all(['1', '2', '3'].map((id) => assert.rejects(pushed(id), late)));
    for (let reading = 0; reading < 2; reading++) {
      await settle();
      turn(limits.parseReading);
    }
    await Promise.all([first, waiting]);
    hang = false;
    // One at least is always let in.
    const ends = await Promise.allSettled(['4', '5', '6'].map(pushed));
    assert.deepEqual(
      ends.map((end) => (end.status === 'rejected' ? String(end.reason.message) : end.value.outcome)),
      ['done', 'done', 'more events are waiting for Git to be read than can be answered in time'],
    );
    for (const { outcome } of await Promise.all(['7', '8', '9'].map(pushed))) assert.equal(outcome, 'done');
  });

  it("have less to ask when they come again: what a commit's id decides is kept", async () => {
    const { forge, on, turn, handed } = parseWorldWithManualClock();
    const [before, after] = branch(forge, [0]) as [string, string];
    const { pullRequest } = forge;
    const reached = new Promise<void>((resolve) => {
      forge.pullRequest = () => {
        resolve();
        return new Promise(() => {});
      };
    });
    const first = assert.rejects(on(push(before, after)), late);
    await reached;
    turn(limits.parseReading);
    await first;
    forge.pullRequest = pullRequest;
    const asked = forge.calls.splice(0);
    await on(push(before, after));
    assert.ok(asked.some((call) => call === `tree ${after}`) && asked.some((call) => call.startsWith('history')));
    assert.deepEqual(forge.calls, [
      'repository',
      'head main',
      // It could be gone meanwhile.
      `tree ${before}`,
      `pull ${after}`,
      'head main',
    ]);
    assert.deepEqual(short(handed), ['prod/a: 1']);
  });

  it('do not hear for ever that no commit brought a file, which an outage of Git may have said', async () => {
    const { forge, on, handed } = parseWorld();
    const [before, after] = branch(forge, [0]) as [string, string];
    const { history } = forge;
    forge.history = async () => [];
    await assert.rejects(on(push(before, after)), TryAgainError);
    forge.history = history;
    await on(push(before, after));
    assert.deepEqual(short(handed), ['prod/a: 1']);
  });
});
