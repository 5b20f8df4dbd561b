// What clusters/kubernetes.ts relies on, asked of an API server by our client: of the stand-in, and of a real one in the test cluster
// (test/cluster/api-server.cluster.ts). The objects are InferenceServices, which nothing there acts on.
import assert from 'node:assert/strict';
import { type Kubernetes, WatchBroken } from '../../clusters/kubernetes.ts';
import { type Json, object } from '../../promotions/rollout/workload.ts';
import { fails } from '../try-again.ts';

export interface ApiServer {
  /** With the token of somebody who may list and watch in the namespace, who may do nothing, or whom the server does not know. */
  as(who: 'reader' | 'stranger' | 'unknown'): Kubernetes;
  namespace: string;
  /** Another one, in which there are none of these objects at first. */
  other: string;
  /** Within so many seconds it tells of three changes. */
  seconds: number;
  /** Adds or changes InferenceServices. */
  put(namespace: string, ...objects: { name: string; labels?: Record<string, string> }[]): Promise<void>;
  remove(namespace: string, name: string): Promise<void>;
}

const nameOf = (one: Json) => String(object(one.metadata).name);

export function apiServerContract(open: () => Promise<ApiServer>): void {
  let server: ApiServer;
  let reader: Kubernetes;
  const all = () => ({ kind: 'inferenceservices', namespace: server.namespace }) as const;
  const listed = async (more = {}) => (await reader.list({ ...all(), ...more })).items.map(nameOf);

  /**
   * Watches for so many seconds: the names that changed, in their order, and where to go on. A watch that breaks off goes on from where
   * it was: a server ends all watches of a kind that was defined a moment ago.
   */
  async function watch(from: string, seconds: number, changed = (_name: string): unknown => undefined) {
    const seen: string[] = [];
    const onChange = (one: Json) => {
      seen.push(nameOf(one));
      changed(nameOf(one));
    };
    for (let latest = from; ; ) {
      try {
        const end = await reader.watch(all(), latest, onChange, new AbortController().signal, seconds);
        return { seen, end };
      } catch (error) {
        if (!(error instanceof WatchBroken)) throw error;
        latest = error.resumeFrom;
      }
    }
  }

  before(async () => {
    server = await open();
    reader = server.as('reader');
  });

  it('lists the objects of a namespace, by label and by name', async () => {
    await server.put(server.namespace, { name: 'a', labels: { app: 'x' } }, { name: 'b', labels: { app: 'y' } });
    await server.put(server.other, { name: 'c' });
    assert.deepEqual(await listed(), ['a', 'b']);
    assert.deepEqual(await listed({ labelSelector: 'app=y' }), ['b']);
    assert.deepEqual(await listed({ labelSelector: 'app' }), ['a', 'b']);
    assert.deepEqual(await listed({ fieldSelector: 'metadata.name=a' }), ['a']);
    const { items } = await reader.list({ ...all(), fieldSelector: 'metadata.name=a' });
    assert.equal(typeof object(items[0]!.metadata).uid, 'string');
  });

  it('tells of every change after the version of a list, and of nothing twice when a watch goes on', async () => {
    const { resourceVersion } = await reader.list(all());
    await server.put(server.namespace, { name: 'a', labels: { app: 'z' } });
    let others: Promise<void> | undefined;
    const first = await watch(resourceVersion, server.seconds, () => {
      others ??= (async () => {
        await server.put(server.namespace, { name: 'd' });
        await server.remove(server.namespace, 'd');
      })();
    });
    await others;
    assert.deepEqual(first.seen, ['a', 'd', 'd']);
    await server.put(server.other, { name: 'e' });
    await server.put(server.namespace, { name: 'f' });
    assert.deepEqual((await watch(first.end!, 1)).seen, ['f']);
    await server.remove(server.namespace, 'f');
  });

  it('says when a version is too old to go on from', async () => {
    assert.equal((await watch('1', 1)).end, undefined);
  });

  it('lists more objects than fit into one answer, each once', async () => {
    const names = Array.from({ length: 260 }, (_, index) => `many-${String(index).padStart(3, '0')}`);
    await server.put(server.namespace, ...names.map((name) => ({ name, labels: { many: '' } })));
    assert.deepEqual(await listed({ labelSelector: 'many' }), names);
  });

  it('says what is missing: rights, or a token that the server knows', async () => {
    await fails(server.as('stranger').list(all()), [/status 403/, /RoleBinding/]);
    await fails(
      server.as('stranger').watch(all(), '1', () => {}, new AbortController().signal),
      [/status 403/],
    );
    await fails(server.as('unknown').list(all()), [/status 401/, /KUBERNETES_TOKEN/]);
  });
}
