// The queue of deliveries: one attempt each, in order with one worker, and what the rules for faults do.

import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { createGiteaStandIn, type GiteaStandIn, type RepositoryHandle } from '../../../stand-ins/gitea/index.ts';
import { headerOf, type Receiver, startReceiver } from './receiver.ts';

describe('the delivery queue', () => {
  let receiver: Receiver;
  let gitea: GiteaStandIn;
  let fleet: RepositoryHandle;
  let count = 0;

  const commit = () => {
    count += 1;
    return fleet.commit({ files: { 'count.txt': `${count}\n` }, message: `Commit ${count}` });
  };
  const arrived = () => receiver.received.map(({ body }) => (JSON.parse(body.toString()) as { after: string }).after);

  beforeEach(async () => {
    receiver = await startReceiver();
    gitea = await createGiteaStandIn({ webhooks: { delayMs: 0 } });
    fleet = gitea.createRepository('ada/mlops-gitops', { files: { 'count.txt': '0\n' } });
    fleet.createWebhook({ url: receiver.url, secret: 'secret' });
  });
  afterEach(async () => {
    await gitea.close();
    await receiver.close();
  });

  it('sends in the order of the events', async () => {
    const commits = [commit(), commit(), commit()];
    await gitea.idle();
    assert.deepEqual(arrived(), commits);
  });

  it('keeps what is held until it is released, in the order asked for', async () => {
    gitea.setDeliveryRule(() => 'hold');
    const commits = [commit(), commit()];
    await gitea.idle();
    assert.deepEqual(arrived(), []);
    gitea.releaseDeliveries(
      gitea
        .deliveries()
        .map(({ uuid }) => uuid)
        .reverse(),
    );
    await gitea.idle();
    assert.deepEqual(arrived(), commits.reverse());
  });

  it('loses what is dropped, and never sends it by itself', async () => {
    gitea.setDeliveryRule(({ payload }) => (payload.includes('Commit') ? 'drop' : 'send'));
    commit();
    gitea.setDeliveryRule(() => 'send');
    const kept = commit();
    await gitea.idle();
    assert.deepEqual(arrived(), [kept]);
    assert.deepEqual(
      gitea.deliveries().map(({ state, succeeded }) => [state, succeeded]),
      [
        ['dropped', false],
        ['done', true],
      ],
    );
  });

  it('lets a delayed delivery be overtaken', async () => {
    gitea.setDeliveryRule(() => ({ delayMs: 50 }));
    const late = commit();
    gitea.setDeliveryRule(() => 'send');
    const early = commit();
    await gitea.idle();
    assert.deepEqual(arrived(), [early, late]);
  });

  it('replays with a new id, the same text, and the secret of today', async () => {
    commit();
    await gitea.idle();
    const [first] = gitea.deliveries();
    first!.hook.secret = 'another';
    gitea.replay(first!.uuid);
    await gitea.idle();
    const [one, two] = receiver.received as [(typeof receiver.received)[0], (typeof receiver.received)[0]];
    assert.deepEqual(two.body, one.body);
    assert.notEqual(headerOf(two, 'X-Gitea-Delivery'), headerOf(one, 'X-Gitea-Delivery'));
    assert.equal(headerOf(two, 'X-Gitea-Signature'), createHmac('sha256', 'another').update(two.body).digest('hex'));
  });

  it('says what it does while it does it', async () => {
    const seen: string[] = [];
    for (const event of ['push', 'delivery', 'delivered']) gitea.live.on(event, () => seen.push(event));
    commit();
    await gitea.idle();
    assert.deepEqual(seen, ['push', 'delivery', 'delivered']);
  });

  it('waits with everything behind one receiver that hangs, until its time is up', async () => {
    const open: (() => void)[] = [];
    const slow = await startReceiver((_, response) => open.push(() => response.end()));
    try {
      const other = gitea.createRepository('ada/other');
      other.createWebhook({ url: slow.url });
      const delivered: string[] = [];
      gitea.live.on('delivered', ({ hook }: { hook: { url: string } }) => delivered.push(hook.url));
      const arrives = new Promise<void>((resolve) => {
        const look = () => (open.length > 0 ? resolve() : setImmediate(look));
        look();
      });
      other.commit({ files: { a: 'a' }, message: 'a' });
      commit();
      await arrives;
      assert.deepEqual(receiver.received, []);
      open[0]!();
      await gitea.idle();
      assert.deepEqual(delivered, [slow.url, receiver.url]);
    } finally {
      await slow.close();
    }
  });
});
