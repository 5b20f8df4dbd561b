// Which addresses follow the host of whoever asks, as recorded of a Gitea 1.26 that is read at another address than ROOT_URL.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createGiteaStandIn, type StandInOptions } from '../../../stand-ins/gitea/index.ts';

type Addresses = Record<string, string>;
interface Recorded {
  answers: Record<string, Addresses>;
  webhooks: { event: string; action?: string; addresses: Addresses }[];
}

const recorded: Recorded = JSON.parse(
  readFileSync(new URL('../../fixtures/gitea/public-url-auto.json', import.meta.url), 'utf8'),
);
const rootUrl = 'https://git.example.test/';

/** Whose each address within a value is, by its path. */
function addressesIn(value: unknown, server: string, at = ''): Addresses {
  if (typeof value === 'string') {
    if (!/^https?:/.test(value)) return {};
    return { [at]: value.startsWith(rootUrl) ? 'ROOT_URL' : value.startsWith(`${server}/`) ? 'asked' : value };
  }
  const below = Array.isArray(value) ? value.map((one, i) => [`${at}[${i}]`, one] as const) : inObject(value, at);
  return Object.assign({}, ...below.map(([path, one]) => addressesIn(one, server, path)));
}

function inObject(value: unknown, at: string): (readonly [string, unknown])[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).map(([key, one]) => [at === '' ? key : `${at}.${key}`, one]);
}

/** What a server answers and sends when a request is merged by its API. */
async function play(options: StandInOptions, headers: Record<string, string> = {}) {
  const gitea = await createGiteaStandIn({ rootUrl, ...options });
  try {
    const fleet = gitea.createRepository('ada/fleet', { files: { 'a.txt': 'a' } });
    fleet.createWebhook({ url: 'http://127.0.0.1:9/', events: ['push', 'pull_request_only', 'status'] });
    const call = async (method: string, path: string, body?: object) => {
      const response = await fetch(`${gitea.url}/api/v1/repos/ada/fleet${path}`, {
        method,
        headers: { authorization: `token ${gitea.token()}`, 'content-type': 'application/json', ...headers },
        ...(body && { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      // The old server finds no request by its commit.
      if (response.status === 404) return undefined;
      assert.ok(response.ok, `${method} ${path}: ${response.status} ${text}`);
      return text === '' ? undefined : JSON.parse(text);
    };
    await call('POST', '/contents/b.txt', { content: 'YQ==', message: 'Second', new_branch: 'b' });
    await call('POST', '/pulls', { title: 't', head: 'b', base: 'main' });
    await call('POST', '/pulls/1/merge', { Do: 'merge' });
    const merge = fleet.head()!;
    await call('POST', `/statuses/${merge}`, { context: 'x', state: 'success', description: 'd', target_url: '' });
    const answers: Record<string, Addresses> = {};
    for (const path of Object.keys(recorded.answers))
      answers[path] = addressesIn(await call('GET', path.replaceAll('{merge}', merge)), gitea.url);
    await gitea.idle();
    const webhooks = gitea.deliveries().map(({ eventType, payload }) => {
      const body = JSON.parse(payload);
      return { event: eventType, action: body.action, addresses: addressesIn(body, gitea.url) };
    });
    return { answers, webhooks };
  } finally {
    await gitea.close();
  }
}

const kindsOf = (webhooks: Recorded['webhooks']) =>
  Object.fromEntries(webhooks.map(({ event, action, addresses }) => [`${event} ${action ?? ''}`, addresses]));

describe('a stand-in that is read at another address than its ROOT_URL', () => {
  it('names itself to whoever asks, and in webhooks, as Gitea 1.26 does', async () => {
    const { answers, webhooks } = await play({});
    assert.deepEqual(answers, recorded.answers);
    assert.deepEqual(kindsOf(webhooks), kindsOf(recorded.webhooks));
  });

  it('names itself by ROOT_URL alone as a Gitea that does not look, or is older', async () => {
    for (const options of [{ publicUrlDetection: 'legacy' }, { generation: 'gitea-1.22' }] as const) {
      const { answers, webhooks } = await play(options);
      const all = [...Object.values(answers), ...webhooks.map(({ addresses }) => addresses)].flatMap(Object.values);
      assert.deepEqual(new Set(all), new Set(['ROOT_URL']));
    }
  });

  it('looks at the host, too, when a proxy in front says that it is one', async () => {
    const { answers } = await play({ publicUrlDetection: 'legacy' }, { 'x-forwarded-proto': 'http' });
    assert.deepEqual(answers, recorded.answers);
  });
});
