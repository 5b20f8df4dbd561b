// The whole way from webhook to label through real function processes, behind the broker of stand-ins/ and behind Knative's own
// code, each synchronous and asynchronous: what arrives, what is counted, what is lost and said, and that nothing goes round.
import assert from 'node:assert/strict';
import * as registryUpdated from '../../events/registry-updated.ts';
import { sign } from '../../events/signature.ts';
import { createHttp } from '../../io/http.ts';

import { sendEvent } from '../../io/sink.ts';
import { promote } from '../../local/promote.ts';
import { deploymentFile, folder } from '../../local/seed.ts';
import { loseWebhooks } from '../../local/webhooks.ts';
import { worlds } from './broker-worlds.ts';
import { type Collected, type JourneySystem, startJourney, until } from './journey-system.ts';

const push = 'dev.knative.source.gitea.push';
const pullRequest = 'dev.knative.source.gitea.pull_request';
const pullRequestSync = 'dev.knative.source.gitea.pull_request_sync';
const ping = 'dev.knative.sources.ping';
const promoted = 'dev.mlops.model.promoted.v1';
const observed = 'dev.mlops.environment.observed.v1';
const drifted = 'dev.mlops.registry.drifted.v1';
const updated = 'dev.mlops.registry.updated.v1';
const lost = 'dev.mlops.delivery.lost.v1';
/** Webhooks nobody in the system takes: how many there are is Gitea's. */
const others = [pullRequest, pullRequestSync];

const traceOf = ({ traceparent }: Collected) => traceparent.slice(3, 35);

function counts(events: readonly Collected[]): Record<string, number> {
  const sum: Record<string, number> = {};
  for (const { type } of events) if (!others.includes(type)) sum[type] = (sum[type] ?? 0) + 1;
  return sum;
}

for (const world of worlds) {
  for (const async of [false, true]) {
    describe(`the whole way behind ${world.name}, ${async ? 'asynchronous' : 'synchronous'}`, () => {
      let journey: JourneySystem;
      const labels = () => journey.system.registry.kubeflow!.labels();
      const holder = (model: string) =>
        Object.entries(labels()[model] ?? {}).flatMap(([version, held]) => (held.includes('prod') ? [version] : []));
      const serves = (model: string, version: string) => holder(model).join() === version;
      /** Events from now on, when nothing is on its way any more. */
      const during = async (act: () => Promise<unknown>, isOver: () => boolean): Promise<Collected[]> => {
        const begin = journey.events.length;
        await act();
        await journey.system.gitea.standIn!.idle();
        await until(isOver);
        await settled();
        return journey.events.slice(begin);
      };
      /** An asynchronous broker tells nobody when it is done: nothing new for as long as a chain takes many times over. */
      const settled = async () => {
        for (let before = -1; before !== journey.events.length; ) {
          before = journey.events.length;
          await new Promise((resolve) => setTimeout(resolve, 500));
        }
      };
      const since = (begin: number, type: string) => journey.events.slice(begin).filter((event) => event.type === type);

      /** Model → version, by one push. */
      const commit = async (versions: Record<string, string>) => {
        const { gitea } = journey.system;
        const files = Object.entries(versions).map(([model, version]) => [
          `${folder}/prod/${model}/config.yaml`,
          deploymentFile(model, version, 'prod'),
        ]);
        gitea.standIn!.repository(gitea.repository).commit({ files: Object.fromEntries(files), message: 'Promote' });
      };

      before(async function () {
        world.need(this);
        journey = await startJourney(world, { async });
      });
      after(() => journey?.close());

      it('a merged promotion moves the label, with as many events as there is to say, in one trace', async () => {
        const { gitea, model } = journey.system;
        const seen = await during(
          () => promote(gitea, gitea.repository, model, '1.1.0'),
          () => serves(model, '1.1.0') && journey.events.some(({ type }) => type === updated),
        );
        // The branch of the request and its merge.
        assert.deepEqual(counts(seen), { [push]: 2, [promoted]: 1, [updated]: 1 });
        const [news] = seen.filter(({ type }) => type === updated);
        const [said] = seen.filter(({ type }) => type === promoted);
        // Whichever of the merge's two events came first.
        const causes = seen.filter(
          ({ type, subject }) => type === pullRequest || (type === push && subject === 'refs/heads/main'),
        );
        assert.ok(causes.map(traceOf).includes(traceOf(said!)));
        assert.equal(traceOf(news!), traceOf(said!));
        assert.equal(news!.data.outcome, 'changed');
      });

      it('every line that a process logs about an event of it carries the trace, and so do calls of Git and registry', () => {
        const { registry } = journey.system;
        const [news] = journey.events.filter(({ type }) => type === updated);
        const trace = traceOf(news!);
        const hops = journey.lines.filter((line) => line.message === 'event' && line.trace === trace);
        assert.deepEqual([...new Set(hops.map((line) => line.function))].sort(), [
          'commit-status',
          'gitea-source',
          'parse',
          'registry-writer',
        ]);
        const aboutEvents = journey.lines.filter(({ id, message }) => id !== undefined && message !== 'ready');
        assert.ok(aboutEvents.length > 0 && aboutEvents.every((line) => /^[0-9a-f]{32}$/.test(line.trace ?? '')));
        const writes = registry.kubeflow!.calls.filter(({ method }) => method === 'PATCH');
        assert.ok(writes.length > 0 && writes.every(({ traceparent }) => traceparent?.slice(3, 35) === trace));
        const reads = journey.system.gitea.standIn!.accessLog.filter(
          (call) => call.traceparent?.slice(3, 35) === trace,
        );
        assert.ok(reads.length > 0);
      });

      it('a lost webhook is found by the next ping, in one trace from ping to promotion', async () => {
        const { gitea, model } = journey.system;
        const find = await loseWebhooks(gitea);
        await promote(gitea, gitea.repository, model, '1.2.0');
        await find();
        assert.ok(serves(model, '1.1.0'));
        const seen = await during(
          () => journey.system.ping(),
          () => serves(model, '1.2.0'),
        );
        assert.deepEqual(counts(seen), { [ping]: 1, [observed]: 1, [drifted]: 1, [promoted]: 1, [updated]: 1 });
        const traces = seen.filter(({ type }) => type !== ping).map(traceOf);
        assert.equal(new Set(traces).size, 1, 'one trace over all hops');
        const said = journey.lines.filter(({ trace, message }) => trace === traces[0] && message === 'event');
        assert.deepEqual(new Set(said.map(({ type }) => type)), new Set([ping, observed, drifted, promoted, updated]));
      });

      it('a ping with nothing to do ends with the comparison', async () => {
        const begin = journey.events.length;
        const seen = await during(
          () => journey.system.ping(),
          () => since(begin, observed).length > 0,
        );
        assert.deepEqual(counts(seen), { [ping]: 1, [observed]: 1 });
      });

      describe('with several models in one push', () => {
        const models = ['lamp', 'radio', 'torch'];
        const commitAll = (version: string) => commit(Object.fromEntries(models.map((model) => [model, version])));
        const allServe = (version: string) => models.every((model) => serves(model, version));
        before(() => {
          for (const name of models)
            journey.system.registry.kubeflow!.addModel({
              name,
              versions: [{ name: '1' }, { name: '2' }, { name: '3' }],
            });
        });

        it('what the broker did not take at first comes again, all of it with the same ids, and does no harm', async () => {
          let refusals = 2;
          const before = journey.events.length;
          journey.door.refuses = (type) => (type === promoted && refusals-- > 0 ? 503 : undefined);
          const seen = await during(
            () => commitAll('1'),
            () => allServe('1') && since(before, updated).length >= 4,
          );
          journey.door.refuses = undefined;
          const told = seen.filter(({ type }) => type === promoted);
          assert.equal(new Set(told.map(({ id }) => id)).size, 3);
          // The one that was taken came again beside the two that were not.
          assert.equal(told.length, 4);
          const outcomes = seen.filter(({ type }) => type === updated).map(({ data }) => data.outcome);
          assert.deepEqual(outcomes.sort(), ['changed', 'changed', 'changed', 'unchanged']);
          assert.deepEqual(
            seen.filter(({ type }) => type === lost),
            [],
          );
        });

        it('what the broker refuses for good is reported as lost, other events arrive, and a ping repairs the registry', async () => {
          let taken = 0;
          // One of three is always let through; the others never are.
          journey.door.refuses = (type) => (type === promoted && taken++ % 3 > 0 ? 400 : undefined);
          const seen = await during(
            () => commitAll('2'),
            () => journey.events.some(({ type, subject }) => type === lost && subject === 'refs/heads/main'),
          );
          const [report] = seen.filter(({ type }) => type === lost);
          const { reason, remedy, commits } = report!.data as { reason: string; remedy: string; commits: string[] };
          assert.equal(reason, 'its receiver answered 503');
          const told = journey.lines.filter(({ message }) => message === 'event lost').at(-1);
          assert.match(
            String(told!.reason),
            /503 \(unavailable\): 2 of 3 events could not be handed to the sink: 2 × the broker answered 400/,
          );
          assert.match(remedy, /the next reconcile/);
          assert.equal(commits.length, 1);
          assert.ok(models.some((model) => serves(model, '2')));

          journey.door.refuses = undefined;
          await during(
            () => journey.system.ping(),
            () => allServe('2'),
          );
        });

        it('a slow registry neither loses nor doubles', async () => {
          const { faults } = journey.system.registry.kubeflow!;
          // Longer in all than a webhook waits.
          faults.latencyMs = 900;
          const begin = journey.lines.length;
          const before = journey.events.length;
          const seen = await during(
            () => commitAll('3'),
            () => allServe('3') && since(before, updated).length >= 3,
          );
          faults.latencyMs = 0;
          assert.deepEqual(counts(seen), { [push]: 1, [promoted]: 3, [updated]: 3 });
          const writes = journey.lines
            .slice(begin)
            .filter(
              (line) => line.function === 'registry-writer' && line.message === 'event' && line.type === promoted,
            );
          assert.equal(writes.length, 3);
        });
      });

      it('what the registry did not take is reported as lost; when it is back, the next ping repairs it and reports that', async () => {
        const { gitea, model, registry } = journey.system;
        registry.kubeflow!.database.set('stopped');
        const seen = await during(
          () => commit({ [model]: '1.0.0' }),
          () => journey.events.some(({ type, data }) => type === lost && eventOf(data).type === promoted),
        );
        assert.deepEqual(counts(seen), { [push]: 1, [promoted]: 1, [lost]: 1 });
        const [report] = seen.filter(({ type }) => type === lost);
        const { reason, remedy, commits, repository } = report!.data as Record<string, string>;
        assert.match(reason!, /answered 503$/);
        assert.match(remedy!, /nothing to do: the next reconcile/);
        assert.equal(commits!.length, 1);
        assert.ok(repository!.endsWith(gitea.repository));
        assert.ok(serves(model, '1.2.0'));

        const [cause] = seen.filter(({ type, subject }) => type === push && subject === 'refs/heads/main');
        const trace = traceOf(cause!);
        assert.equal(traceOf(report!), trace);
        const heard = journey.lines.filter((line) => line.trace === trace && line.function === 'dead-letter');
        assert.ok(heard.some(({ message }) => message === 'event lost'));

        registry.kubeflow!.database.set('up');
        const after = await during(
          () => journey.system.ping(),
          () => serves(model, '1.0.0'),
        );
        assert.deepEqual(counts(after), { [ping]: 1, [observed]: 1, [drifted]: 1, [promoted]: 1, [updated]: 1 });
        const [news] = after.filter(({ type }) => type === updated);
        assert.equal(news!.data.outcome, 'changed');
      });

      it('news that nobody takes is reported as lost, too, in its trace; the lost report of that is only logged', async () => {
        const { gitea } = journey.system;
        await gitea.standIn!.setDown('refuse');
        const trace = '0af7651916cd43dd8448eb211c80319c';
        const told = () => journey.lines.filter((line) => line.trace === trace && line.message === 'event lost');
        const seen = await during(
          () => postNews(journey, `00-${trace}-b7ad6b7169203331-01`),
          () => told().length === 2,
        );
        await gitea.standIn!.setDown(false);
        assert.deepEqual(counts(seen), { [updated]: 1, [lost]: 1 });
        assert.deepEqual(seen.map(traceOf), [trace, trace]);
        assert.deepEqual(
          told().map(({ type }) => type),
          [updated, lost],
        );
      });
    });
  }
}

function eventOf(data: Record<string, unknown>): { type: string; id: string } {
  return data.event as { type: string; id: string };
}

/** As registry-writer would tell it. */
async function postNews({ system }: JourneySystem, traceparent: string): Promise<void> {
  const commit = '3f2b8c1d9e4a7065b1c2d3e4f5a697887766554f';
  const event = registryUpdated.make(
    {
      registry: system.registry.url,
      environment: 'prod',
      model: system.model,
      repository: `${system.gitea.url}/${system.gitea.repository}`,
      head: commit,
      commits: [commit],
      outcome: 'changed',
      reason: '',
      changes: [],
      cause: { id: '1', type: promoted },
    },
    { cause: { source: system.registry.url, id: '1' }, time: '2026-11-02T09:30:00Z', traceparent },
  );
  const signed = sign(event, system.settings.EVENT_SIGNING_KEY!);
  const { status } = await sendEvent(createHttp(), system.settings.K_SINK!, signed, { timeoutMs: 60_000 });
  assert.equal(status, 202);
}
