// The stand-in of the API server keeps what our client relies on.
import { openKubernetes } from '../../clusters/kubernetes.ts';
import { createIo } from '../../io/real-io.ts';
import { createKubernetesStandIn, type KubernetesStandIn } from '../../stand-ins/kubernetes/index.ts';
import { apiServerContract } from './contract.ts';

describe('the stand-in of the API server', () => {
  let open: KubernetesStandIn[] = [];
  after(() => Promise.all(open.map((server) => server.close())));

  apiServerContract(async () => {
    const server = await createKubernetesStandIn({ token: 'reader' });
    // It knows one person; a stranger is one whom it refuses.
    const refusing = await createKubernetesStandIn({ token: 'stranger' });
    open = [server, refusing];
    refusing.fault = () => ({ status: 403, message: 'inferenceservices is forbidden' });
    const url = { reader: server.url, stranger: refusing.url, unknown: server.url };
    return {
      as: (who) => openKubernetes({ url: url[who], token: () => who, ca: () => undefined }, createIo({ name: 'test' })),
      namespace: 'user1-prod',
      other: 'user2-prod',
      seconds: 1,
      async put(namespace, ...objects) {
        for (const metadata of objects) server.store.put('inferenceservices', { metadata: { ...metadata, namespace } });
      },
      remove: async (namespace, name) => server.store.remove('inferenceservices', namespace, name),
    };
  });
});
