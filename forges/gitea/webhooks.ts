// The webhooks of one repository, through the API (repository administrator, scope write:repository). Traps of the API are
// measured: an unknown event name makes a hook that never fires, and a PATCH resets every field it leaves out.
// https://docs.gitea.com/api/1.22/#tag/repository/operation/repoCreateHook
import { TryAgainError } from '../../events/errors.ts';
import { missingEvents } from '../ensure-webhook.ts';
import type { WantedWebhook, Webhook, Webhooks } from '../forge.ts';
import type { Client, Question } from './client.ts';
import { readAll } from './pages.ts';
import { hooksWire, hookWire, type WireHook } from './wire.ts';

/** Others (slack, msteams …) send what their receivers want, not Git events. */
const kinds = ['gitea', 'forgejo', 'gogs'];

export function createWebhooks(client: Client): Webhooks {
  async function list(): Promise<WireHook[]> {
    const hooks = (await readAll(client, { route: '/hooks' }, hooksWire)) ?? [];
    return hooks.filter(({ type }) => kinds.includes(type));
  }

  async function remove({ id }: { id: number }): Promise<void> {
    const asked: Question = { route: '/hooks/{id}', path: { id: String(id) }, method: 'DELETE', also: [204, 404] };
    const { status } = await client.ask(asked);
    // 404 is also said of a repository that is out of sight.
    if (status === 404 && (await list()).some((hook) => hook.id === id))
      throw client.error(asked, 'status 404 for a webhook that is there');
  }

  return {
    list: async () => (await list()).map(toWebhook),

    async create(wanted, inPlaceOf = []) {
      const { url, secret, branchFilter } = wanted;
      const replaced = inPlaceOf.length === 0 ? [] : await list();
      const known = replaced.filter(({ id }) => inPlaceOf.some((one) => one.id === id));
      const authorization = known.findLast(({ authorization_header: header }) => header)?.authorization_header;
      const asked: Question = {
        route: '/hooks',
        method: 'POST',
        body: {
          type: 'gitea',
          active: true,
          config: { url, content_type: 'json', secret },
          events: together(known, wanted.events),
          branch_filter: branchFilter,
          ...(authorization && { authorization_header: authorization }),
        },
        also: [201],
      };
      const hook = client.read(asked, await client.ask(asked), hookWire);
      try {
        return checked(client, asked, hook, wanted);
      } catch (error) {
        // One that never fires would only mislead.
        await remove(hook);
        throw error;
      }
    },

    async mend(webhook, { events, branchFilter }) {
      const known = (await list()).find(({ id }) => id === webhook.id);
      if (known === undefined) throw new TryAgainError(`webhook ${webhook.id} is gone; try again`);
      const asked: Question = {
        route: '/hooks/{id}',
        path: { id: String(webhook.id) },
        method: 'PATCH',
        body: {
          active: true,
          config: { url: webhook.url, content_type: 'json' },
          events: together([known], events),
          branch_filter: branchFilter,
          authorization_header: known.authorization_header,
        },
      };
      return checked(client, asked, client.read(asked, await client.ask(asked), hookWire), {
        url: webhook.url,
        events,
        branchFilter,
      });
    },

    remove,

    async test({ id }, branch) {
      // Gitea puts the test through the branch filter, too: by the full ref, and by the default branch's without one.
      const query = { ref: `refs/heads/${branch}` };
      await client.ask({ route: '/hooks/{id}/tests', path: { id: String(id) }, query, method: 'POST', also: [204] });
    },
  };
}

/** The webhook as it was set. Throws when that is not what was wanted. */
function checked(client: Client, asked: Question, hook: WireHook, wanted: Omit<WantedWebhook, 'secret'>): Webhook {
  const set = toWebhook(hook);
  const missing = missingEvents(set, wanted.events);
  if (missing.length > 0) throw client.error(asked, `this server has no event ${missing.join(', ')} for webhooks`);
  if (!set.active || set.contentType !== 'json' || set.branchFilter !== wanted.branchFilter)
    throw client.error(asked, 'the answer does not show what was asked to be set');
  return set;
}

function toWebhook({ id, config, events, active, branch_filter }: WireHook): Webhook {
  return {
    id,
    url: config.url,
    contentType: config.content_type,
    events: [...(events ?? [])].sort(),
    branchFilter: branch_filter,
    active,
  };
}

function together(known: readonly WireHook[], events: readonly string[]): string[] {
  return [...new Set([...known.flatMap((hook) => named(hook.events ?? [])), ...events])];
}

/** As they have to be named to be set again, one by one: the plain name of a group would set all of it. */
function named(events: readonly string[]): string[] {
  return events.map((event) => {
    if (/^pull_request_review_(approved|rejected|comment)$/.test(event)) return 'pull_request_review';
    return event === 'issues' || event === 'pull_request' ? `${event}_only` : event;
  });
}
