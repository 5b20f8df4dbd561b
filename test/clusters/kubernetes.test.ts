// The client of the API server, against a stand-in of it that also hangs, breaks off and forgets.
import assert from 'node:assert/strict';
import { type Kubernetes, openKubernetes, WatchBroken } from '../../clusters/kubernetes.ts';
import { createIo } from '../../io/real-io.ts';
import { object } from '../../promotions/rollout/workload.ts';
import { createKubernetesStandIn, type KubernetesStandIn } from '../../stand-ins/kubernetes/index.ts';
import { closedPort } from '../io/local-server.ts';
import { closeAfterEach, fails } from '../try-again.ts';

const namespace = 'user1-prod';
const token = 'a-token-that-nobody-may-quote';
const pods = { kind: 'pods', namespace } as const;
const pod = (name: string, labels: Record<string, string> = {}) => ({ metadata: { name, namespace, labels } });
const names = (items: readonly object[]) => items.map((one) => object(object(one).metadata).name);

describe('Kubernetes', () => {
  const keep = closeAfterEach();
  let server: KubernetesStandIn;
  let sent: string | undefined;
  let kubernetes: Kubernetes;

  beforeEach(async () => {
    server = keep(await createKubernetesStandIn({ token }));
    sent = token;
    kubernetes = openKubernetes(
      { url: server.url, token: () => sent, ca: () => undefined },
      createIo({ name: 'test' }),
    );
  });

  /** Watches until it ends; `seen` is called with each name. */
  function watch(from: string, seen: (name: string) => void = () => {}, signal = new AbortController().signal) {
    return kubernetes.watch(pods, from, (one) => seen(String(object(one.metadata).name)), signal);
  }

  it('lists the objects of a kind in a namespace, by label and by name, without managed fields', async () => {
    server.store.put('pods', { metadata: { ...pod('a', { app: 'x' }).metadata, managedFields: [{}] } });
    server.store.put('pods', pod('b', { app: 'y' }));
    server.store.put('pods', { metadata: { name: 'c', namespace: 'other' } });
    server.store.put('deployments', pod('d'));
    const { items, resourceVersion } = await kubernetes.list(pods);
    assert.deepEqual(names(items), ['a', 'b']);
    assert.equal('managedFields' in object(items[0]!.metadata), false);
    assert.equal(resourceVersion, String(server.store.version));
    assert.deepEqual(names((await kubernetes.list({ ...pods, labelSelector: 'app=y' })).items), ['b']);
    assert.deepEqual(names((await kubernetes.list({ ...pods, labelSelector: 'app' })).items), ['a', 'b']);
    assert.deepEqual(names((await kubernetes.list({ ...pods, fieldSelector: 'metadata.name=a' })).items), ['a']);
  });

  it('says whether a namespace is there, as far as it may know', async () => {
    server.namespaces = new Set([namespace]);
    assert.deepEqual([await kubernetes.hasNamespace(namespace), await kubernetes.hasNamespace('other')], [true, false]);
    server.fault = () => ({ status: 403 });
    assert.equal(await kubernetes.hasNamespace(namespace), undefined);
    server.fault = () => ({ status: 500 });
    await fails(kubernetes.hasNamespace(namespace), /status 500/);
  });

  it('reads all pages, and begins anew when the server forgot the version of the first one', async () => {
    for (const name of ['a', 'b', 'c', 'd', 'e']) server.store.put('pods', pod(name));
    server.longestPage = 2;
    assert.deepEqual(names((await kubernetes.list(pods)).items), ['a', 'b', 'c', 'd', 'e']);
    assert.equal(server.calls.length, 3);

    let forgets = 1;
    server.fault = ({ path }) => {
      if (path.includes('continue=') && forgets-- > 0) {
        server.store.put('pods', pod('f'));
        server.store.compact();
      }
      return undefined;
    };
    assert.deepEqual(names((await kubernetes.list(pods)).items), ['a', 'b', 'c', 'd', 'e', 'f']);
    forgets = 1_000;
    server.fault = ({ path }) => (path.includes('continue=') ? { status: 410 } : undefined);
    await fails(kubernetes.list(pods), /expired before its last page/);
  });

  for (const [what, fault, says] of [
    [
      'a refusal',
      { status: 403, message: 'pods is forbidden: User "x" cannot list' },
      [/status 403/, /cannot list/, /RoleBinding/],
    ],
    ['a kind that does not exist', { status: 404, message: '404 page not found' }, [/status 404/, /installed/]],
    ['an error', { status: 500, message: 'etcd is gone' }, [/status 500, "etcd is gone"/]],
    ['an answer that is cut off', 'cut', [/connection closed/]],
  ] as const)
    it(`says what was asked for and what came: ${what}`, async () => {
      server.fault = () => fault;
      await fails(
        kubernetes.list(pods),
        [/^Kubernetes: GET \/api\/v1\/namespaces\/user1-prod\/pods: /, ...says],
        [token],
      );
      if (fault === 'cut') return;
      await fails(watch('1'), says, [token]);
    });

  it('reads the token before each call, and says where to look when it is not known', async () => {
    sent = 'old';
    await fails(kubernetes.list(pods), [/status 401/, /KUBERNETES_TOKEN/]);
    sent = token;
    await kubernetes.list(pods);
  });

  it('fails when nobody listens, and when something else answers', async () => {
    const url = await closedPort();
    const nobody = openKubernetes({ url, token: () => undefined, ca: () => undefined }, createIo({ name: 'test' }));
    await fails(nobody.list(pods), /connection refused/);
    const wrong = openKubernetes(
      { url: `${server.url}/x`, token: () => token, ca: () => undefined },
      createIo({ name: 'test' }),
    );
    await fails(wrong.list(pods), /status 404/);
  });

  it('tells of each change after the version of a list, and where to go on', async () => {
    const { resourceVersion } = await kubernetes.list(pods);
    server.store.put('pods', pod('a'));
    const seen: string[] = [];
    const watching = watch(resourceVersion, (name) => {
      seen.push(name);
      if (name === 'a') {
        server.store.put('pods', pod('b'));
        server.store.put('deployments', pod('not this kind'));
        server.store.remove('pods', namespace, 'a');
        server.store.put('pods', pod('last'));
      }
      if (name === 'last') {
        server.store.put('deployments', pod('not this kind', { again: '' }));
        server.sendBookmarks();
        server.endWatches();
      }
    });
    // A bookmark is no change, and is where the next watch begins.
    assert.equal(await watching, String(server.store.version));
    assert.deepEqual(seen, ['a', 'b', 'a', 'last']);
  });

  it('says when a version is too old, whether in the answer or in its status', async () => {
    server.store.put('pods', pod('a'));
    const old = String(server.store.version - 1);
    server.store.compact();
    assert.equal(await watch(old), undefined);
    server.fault = () => ({ status: 410 });
    assert.equal(await watch(old), undefined);
  });

  it('says where a watch that was cut off can go on', async () => {
    const { resourceVersion } = await kubernetes.list(pods);
    server.store.put('pods', pod('a'));
    const { version } = server.store;
    await assert.rejects(
      watch(resourceVersion, () => server.endWatches('cut')),
      (error: unknown) => {
        assert.ok(error instanceof WatchBroken);
        assert.equal(error.resumeFrom, String(version));
        return true;
      },
    );
  });

  it('hangs up when it is told to', async () => {
    const stop = new AbortController();
    const { resourceVersion } = await kubernetes.list(pods);
    server.store.put('pods', pod('a'));
    await fails(
      watch(resourceVersion, () => stop.abort(), stop.signal),
      /given up/,
    );
  });
});
