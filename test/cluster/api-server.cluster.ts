// The API server keeps what our client relies on: the contract that the stand-in keeps, too.
import { openKubernetes } from '../../clusters/kubernetes.ts';
import { createIo } from '../../io/real-io.ts';
import { apiServerContract } from '../clusters/contract.ts';
import { apply, kubectl } from './cluster.ts';
import { defineInferenceServices, inferenceService } from './kserve.ts';
import { applyNamespace } from './release.ts';

describe('the API server of a real cluster', function () {
  this.timeout(5 * 60_000);
  const [namespace, other] = ['contract', 'contract-other'];

  apiServerContract(async () => {
    await defineInferenceServices();
    await applyNamespace(namespace);
    await applyNamespace(other);
    for (const name of ['reader', 'stranger']) await kubectl('-n', namespace, 'create', 'serviceaccount', name);
    const rights = ['--verb=list,watch', '--resource=inferenceservices.serving.kserve.io'];
    await kubectl('-n', namespace, 'create', 'role', 'reader', ...rights);
    await kubectl(
      '-n',
      namespace,
      'create',
      'rolebinding',
      'reader',
      '--role=reader',
      `--serviceaccount=${namespace}:reader`,
    );
    const { clusters } = JSON.parse(await kubectl('config', 'view', '--raw', '--flatten', '-o', 'json'));
    const { server: url, 'certificate-authority-data': encoded } = clusters[0].cluster;
    const tokens = { reader: '', stranger: '', unknown: 'a-token-that-nobody-gave' };
    for (const name of ['reader', 'stranger'] as const)
      tokens[name] = (await kubectl('-n', namespace, 'create', 'token', name)).trim();
    const ca = Buffer.from(encoded, 'base64').toString();
    const service = (metadata: object) => ({ ...inferenceService('1.0.0'), metadata });
    return {
      as: (who) => openKubernetes({ url, token: () => tokens[who], ca: () => ca }, createIo({ name: 'test' })),
      namespace,
      other,
      seconds: 5,
      async put(where, ...objects) {
        const items = objects.map((metadata) => service({ ...metadata, namespace: where }));
        await apply(JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
      },
      async remove(where, name) {
        await kubectl('-n', where, 'delete', 'inferenceservice', name);
      },
    };
  });
});
