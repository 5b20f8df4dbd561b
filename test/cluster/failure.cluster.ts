// What fails in a real cluster: Pods are killed while promotions run, and the registry is away.
import assert from 'node:assert/strict';
import { kubectl, scaleToZero, until } from './cluster.ts';
import { areLabelled, pushDuring } from './pushes.ts';
import { podsOf, reconcile, release } from './release.ts';
import type { Servers } from './servers.ts';
import { installed } from './shared.ts';

const { namespace } = release;

describe('failures in a real cluster', function () {
  this.timeout(15 * 60_000);
  let servers: Servers;

  before(async () => {
    servers = await installed();
    await scaleToZero('never');
  });
  after(async () => {
    await reconcile('never');
    await scaleToZero('quickly');
  });

  for (const name of release.functions.filter((one) => one !== 'dead-letter'))
    it(`a killed Pod of ${name} loses no push that was answered 2xx`, async () => {
      const taken = await pushDuring(servers, async () => {
        await until(`${name} has a Pod`, async () => (await podsOf(name)).length > 0);
        const killed = await podsOf(name);
        await kubectl('-n', namespace, 'delete', 'pod', '--force', '--grace-period=0', ...killed);
        await until(`${name} has another Pod`, async () => (await podsOf(name)).some((pod) => !killed.includes(pod)));
      });
      assert.ok(taken.length > 0);
      await areLabelled(servers, taken);
    });

  it('the registry is away: the commit says so, and the next reconcile heals it', async () => {
    const { registry, isLabelled, register, statusOfHead } = servers;
    register('1.3.0');
    registry.faults.onRequest = () => ({ status: 503 });
    try {
      await servers.promote('1.3.0');
      await until(
        'the commit says that the promotion was lost',
        async () => {
          const status = await statusOfHead();
          return ['failure', 'error'].includes(status ?? '') || status;
        },
        5 * 60_000,
      );
      assert.equal(isLabelled('1.3.0'), false);
    } finally {
      registry.faults.onRequest = undefined;
    }
    await reconcile('every ten seconds');
    await until('a reconcile moved the label', () => isLabelled('1.3.0'));
    await until('the commit says so', async () => (await statusOfHead()) === 'success');
  });
});
