// Job: creates Secrets with a random value. It may create Secrets and not read them: one that exists is left alone, whatever it holds,
// so that upgrades and syncs keep it.
import { randomBytes } from 'node:crypto';
import { list, Unexpected } from '../config/settings/checks.ts';
import type { Table } from '../config/settings/reader.ts';
import { TryAgainError } from '../events/errors.ts';
import { createKubernetes, type Kubernetes, kubernetesTable, reasonOf } from './kubernetes.ts';
import { type Done, runJob } from './run.ts';

/** `name/key` of one Secret. */
interface Wanted {
  name: string;
  key: string;
}

const namedKey = (text: string) =>
  /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?\/[A-Za-z0-9._-]+$/.test(text) ? text : new Unexpected('name/key of Secrets');

const table = {
  ...kubernetesTable,
  SECRETS: { for: 'all', check: list(namedKey, 'name/key of Secrets'), required: true, description: '' },
} as const satisfies Table;

/** 256 bits in hex: safe in a form field, a URL and a terminal. */
const bytes = 32;

export async function createSecrets(wanted: readonly Wanted[], kubernetes: Kubernetes): Promise<Done> {
  const created: string[] = [];
  const kept: string[] = [];
  for (const { name, key } of wanted) {
    const answer = await kubernetes.ask('api/v1', 'secrets', {
      apiVersion: 'v1',
      kind: 'Secret',
      // No label of Helm's or Argo CD's: it is theirs neither to change nor to prune.
      metadata: { name, labels: { 'app.kubernetes.io/part-of': 'post-deployment' } },
      type: 'Opaque',
      data: { [key]: Buffer.from(randomBytes(bytes).toString('hex')).toString('base64') },
    });
    if (answer.status === 201) created.push(name);
    else if (reasonOf(answer) === '409 AlreadyExists') kept.push(name);
    else
      throw new TryAgainError(
        `Secret ${name} in ${kubernetes.namespace}: expected 201 or 409 AlreadyExists from the Kubernetes API, came ` +
          `${reasonOf(answer)}; ${answer.status === 403 ? "the job's service account needs a Role to create secrets" : 'it is tried again'}`,
      );
  }
  return { created, kept };
}

export const start = () =>
  runJob({
    name: 'create-secrets',
    table,
    work(settings, io) {
      const wanted = settings.SECRETS.map((text) => {
        const [name, key] = text.split('/') as [string, string];
        return { name, key };
      });
      return createSecrets(wanted, createKubernetes(settings, io));
    },
  });
