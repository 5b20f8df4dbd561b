// Job: gives the repository exactly one webhook to our address, with the current secret. Safe to repeat. No server shows or changes a
// secret, so a webhook that is there is replaced by a new one.
import { limits } from '../config/limits.ts';
import { httpUrl, staysPrivate, token, Unexpected } from '../config/settings/checks.ts';
import type { Table } from '../config/settings/reader.ts';
import { settingsTable } from '../config/settings/settings.ts';
import { TryAgainError } from '../events/errors.ts';
import { branchFilterOf, rotateWebhook } from '../forges/ensure-webhook.ts';
import { openForge } from '../forges/index.ts';
import { jsonOf } from '../io/api-client.ts';
import type { Io } from '../io/io.ts';
import { createKubernetes, type Kubernetes, kubernetesTable, reasonOf } from './kubernetes.ts';
import { runJob } from './run.ts';

/** Only pushes move labels. */
const events = ['push'];
/** ms between two looks for the address. */
const pause = 2_000;

const { FORGE, GITEA_URL, GITEA_REPOSITORY, GITEA_CA_FILE, GITEA_BRANCH, GITEA_WEBHOOK_SECRET, ALLOW_HTTP } =
  settingsTable;

const table = {
  ...kubernetesTable,
  FORGE,
  GITEA_URL,
  GITEA_REPOSITORY,
  GITEA_CA_FILE,
  GITEA_BRANCH,
  GITEA_WEBHOOK_SECRET,
  ALLOW_HTTP,
  GITEA_WEBHOOK_TOKEN: { for: 'all', check: token, secret: true, required: true, description: '' },
  /** The address that Gitea calls … */
  WEBHOOK_URL: { for: 'all', check: httpUrl, description: '' },
  /** … or the object that has the address: `serving.knative.dev/v1/services/name`, `route.openshift.io/v1/routes/name`. */
  WEBHOOK_URL_OF: { for: 'all', check: objectPath, description: '' },
} as const satisfies Table;

function objectPath(text: string): string | Unexpected {
  return /^[a-z0-9.]+\/v1\/(?:services|routes)\/[a-z0-9.-]+$/.test(text)
    ? text
    : new Unexpected('group/version/kind/name of a Knative Service or a Route');
}

/** The address in the object's status, as soon as it is there. Throws TryAgainError when it is not there in time. */
export async function addressOf(path: string, kubernetes: Kubernetes, io: Pick<Io, 'clock'>): Promise<string> {
  const [group, version, kind, name] = path.split('/') as [string, string, string, string];
  const end = io.clock.monotonic() + limits.webhookAddress;
  for (;;) {
    const answer = await kubernetes.ask(`apis/${group}/${version}`, `${kind}/${name}`);
    const address = answer.status === 200 ? addressIn(jsonOf(answer)) : undefined;
    if (address !== undefined) return address;
    if (io.clock.monotonic() > end) {
      const came = answer.status === 200 ? 'it has none yet' : `the Kubernetes API says ${reasonOf(answer)}`;
      throw new TryAgainError(`${kind}/${name} in ${kubernetes.namespace}: expected its address, ${came}`);
    }
    await io.clock.sleep(pause);
  }
}

/** As much of a Knative Service or a Route as is read. */
interface KubernetesObject {
  status?: {
    url?: string;
    conditions?: { type: string; status: string }[];
    ingress?: { host?: string }[];
  };
}

/** Of a Knative Service that is ready (before, Gitea would call in vain), or of a Route that is admitted. */
function addressIn(object: unknown): string | undefined {
  const { url, conditions, ingress } = (object as KubernetesObject | undefined)?.status ?? {};
  const ready = conditions?.some(({ type, status }) => type === 'Ready' && status === 'True');
  if (url) return ready ? new URL(url).href : undefined;
  const host = ingress?.[0]?.host;
  return host ? new URL(`https://${host}`).href : undefined;
}

export const start = () =>
  runJob({
    name: 'ensure-webhook',
    table,
    check({ found, given, error }) {
      if (given('WEBHOOK_URL') === given('WEBHOOK_URL_OF')) error('WEBHOOK_URL', 'it or WEBHOOK_URL_OF, not both');
      if (found.GITEA_URL !== undefined && !found.ALLOW_HTTP && !staysPrivate(found.GITEA_URL))
        error('GITEA_URL', 'https://, because GITEA_WEBHOOK_TOKEN goes there (or ALLOW_HTTP=true)', found.GITEA_URL);
    },
    async work(settings, io) {
      const url =
        settings.WEBHOOK_URL ?? (await addressOf(settings.WEBHOOK_URL_OF!, createKubernetes(settings, io), io));
      const options = {
        forge: settings.FORGE,
        url: settings.GITEA_URL,
        repository: settings.GITEA_REPOSITORY,
        token: settings.GITEA_WEBHOOK_TOKEN,
        ca: settings.GITEA_CA_FILE,
        tokenName: 'GITEA_WEBHOOK_TOKEN',
      };
      const wanted = {
        url,
        // While it is changed, the first is the new one.
        secret: settings.GITEA_WEBHOOK_SECRET()![0]!,
        events,
        branchFilter: branchFilterOf(settings.GITEA_BRANCH),
      };
      const { webhook, removed } = await rotateWebhook(openForge(options, io).webhooks, wanted, () =>
        io.clock.sleep(limits.webhookSettle),
      );
      return { url, webhook: webhook.id, replaced: removed.map(({ id }) => id) };
    },
  });
