// Promotions in a real cluster: from zero, and while the installation is upgraded and rolled back.
import assert from 'node:assert/strict';
import { helm, until } from './cluster.ts';
import { followPods, type Pods } from './pods.ts';
import { areLabelled, pushDuring } from './pushes.ts';
import { isReady, release, upgrade } from './release.ts';
import type { Servers } from './servers.ts';
import { installed } from './shared.ts';

const { name, namespace } = release;

describe('promotions in a real cluster', function () {
  this.timeout(15 * 60_000);
  let servers: Servers;
  let pods: Pods;

  before(async () => {
    servers = await installed();
    pods = await followPods(namespace);
  });
  after(() => pods?.close());

  it('move the label from zero, and everything goes back to zero', async () => {
    const { isLabelled, statusOfHead } = servers;
    const isAtZero = () => until('no function has a Pod', () => pods.present().length === 0 || pods.present());
    await isAtZero();
    await servers.promote('1.1.0');
    await until('the label moved', () => isLabelled('1.1.0') && !isLabelled('1.0.0'));
    await until('the commit says so', async () => (await statusOfHead()) === 'success');
    await isAtZero();
  });

  it('lose no push that was answered 2xx during an upgrade', async () => {
    const taken = await pushDuring(servers, async () => {
      await upgrade('logLevel=debug');
      await isReady(servers);
    });
    assert.ok(taken.length > 0);
    await areLabelled(servers, taken);
  });

  it('nor during a rollback', async () => {
    const taken = await pushDuring(servers, async () => {
      await helm('rollback', name, '1', '-n', namespace);
      await isReady(servers);
    });
    assert.ok(taken.length > 0);
    await areLabelled(servers, taken);
  });
});
