// Job: gives the repository exactly one webhook to our address, with the current secret. Safe to repeat. No server shows or changes a
// secret, so a webhook that is there is replaced by a new one.
import { limits } from '../config/limits.ts';
import { httpUrl, staysPrivate, token, Unexpected } from '../config/settings/checks.ts';
import type { Table } from '../config/settings/reader.ts';
import { settingsTable } from '../config/settings/settings.ts';
import { branchFilterOf, rotateWebhook, webhookEvents } from '../forges/ensure-webhook.ts';
import { openForge } from '../forges/index.ts';
import { createKubernetes, isReady, kubernetesTable, waitFor } from './kubernetes.ts';
import { runJob } from './run.ts';

const table = {
  ...kubernetesTable,
  FORGE: settingsTable.FORGE,
  GITEA_URL: settingsTable.GITEA_URL,
  GITEA_REPOSITORY: settingsTable.GITEA_REPOSITORY,
  GITEA_CA_FILE: settingsTable.GITEA_CA_FILE,
  GITEA_BRANCH: settingsTable.GITEA_BRANCH,
  GITEA_WEBHOOK_SECRET: settingsTable.GITEA_WEBHOOK_SECRET,
  GITEA_PULL_REQUESTS: settingsTable.GITEA_PULL_REQUESTS,
  ALLOW_HTTP: settingsTable.ALLOW_HTTP,
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

/** As much of a Knative Service or a Route as is read. */
interface KubernetesObject {
  status?: {
    url?: string;
    ingress?: { host?: string }[];
  };
}

/** Of a Knative Service that is ready (before, Gitea would call in vain), or of a Route that is admitted. */
function addressIn(object: unknown): string | undefined {
  const { url, ingress } = (object as KubernetesObject | undefined)?.status ?? {};
  if (url) return isReady(object) ? new URL(url).href : undefined;
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
        settings.WEBHOOK_URL ??
        (await waitFor(
          settings.WEBHOOK_URL_OF!,
          'expected its address, it has none yet',
          addressIn,
          createKubernetes(settings, io),
          io,
        ));
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
        events: webhookEvents[settings.GITEA_PULL_REQUESTS],
        branchFilter: branchFilterOf(settings.GITEA_BRANCH),
      };
      const { webhook, removed } = await rotateWebhook(openForge(options, io).webhooks, wanted, () =>
        io.clock.sleep(limits.webhookSettle),
      );
      return { url, webhook: webhook.id, replaced: removed.map(({ id }) => id) };
    },
  });
