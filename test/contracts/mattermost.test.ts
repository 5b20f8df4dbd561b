// What notify relies on at Mattermost, over the server of the tests and, where its settings are given, over a real one alike:
// MATTERMOST_URL, MATTERMOST_TOKEN and MATTERMOST_CHANNEL (ids and tokens of a bot that is a member of the channel; the suite deletes
// the bot's messages there).
import assert from 'node:assert/strict';
import { callJson } from '../../stand-ins/json-call.ts';
import { mattermostServer } from '../functions/notify/servers.ts';
import { createWorld, labelled, seen } from '../functions/notify/world.ts';

interface Place {
  url: string;
  token: string;
  channel: string;
  close(): Promise<void>;
}

interface Post {
  id: string;
  message: string;
  type?: string;
  user_id?: string;
}

const { MATTERMOST_URL: url, MATTERMOST_TOKEN: token, MATTERMOST_CHANNEL: channel } = process.env;
const places: [name: string, open: () => Promise<Place>][] = [
  [
    'the server of the tests',
    async () => {
      const { settings, close } = await mattermostServer();
      return { ...settings, close };
    },
  ],
];
if (url && token && channel) places.push([url, async () => ({ url, token, channel, close: async () => {} })]);

for (const [name, open] of places)
  describe(`Mattermost: ${name}`, () => {
    let place: Place;
    let me: string | undefined;
    const worlds: Awaited<ReturnType<typeof createWorld>>[] = [];

    before(async () => {
      place = await open();
      me = (await call<{ id: string }>('GET', '/users/me')).id;
    });
    beforeEach(clear);
    afterEach(async () => {
      for (const world of worlds.splice(0)) await world.close();
    });
    after(async () => {
      await clear();
      await place.close();
    });

    const call = <T>(method: Parameters<typeof callJson>[1], path: string, body?: unknown) =>
      callJson<T>({ api: `${place.url}/api/v4`, token: place.token }, method, path, body);

    /** The bot's messages, the newest first. */
    async function posts(): Promise<Post[]> {
      type Page = { order: string[]; posts: Record<string, Post> };
      const { order, posts: found } = await call<Page>('GET', `/channels/${place.channel}/posts?per_page=200`);
      return order.map((id) => found[id]!).filter(({ type, user_id }) => !type && user_id === me);
    }

    async function clear(): Promise<void> {
      for (const { id } of await posts()) await call('DELETE', `/posts/${id}`);
    }

    const firstLines = async () => (await posts()).map(({ message }) => message.split('\n')[0]);

    async function begin(more: object = {}) {
      const { url, token, channel } = place;
      const world = await createWorld([{ kind: 'mattermost', name: 'chat', url, token, channel, ...more }]);
      worlds.push(world);
      return world;
    }

    it('keeps what a message carries, through edits and for the next process', async () => {
      const world = await begin();
      await world.deliver(labelled(0));
      await world.deliver(seen(5, 'progressing'));
      assert.deepEqual(await firstLines(), ['karaoke 1.1.0 → prod: rolling out']);
      const other = await begin();
      await other.deliver(seen(9, 'verified'));
      await other.deliver(labelled(0));
      assert.deepEqual(await firstLines(), ['karaoke 1.1.0 → prod: serving']);
    });

    it('edits no message that was deleted', async () => {
      const world = await begin();
      await world.deliver(labelled(0));
      await clear();
      await world.deliver(seen(5, 'failed'));
      assert.deepEqual(await firstLines(), ['karaoke 1.1.0 → prod: failed']);
    });

    it('takes a message once when it is sent again', async () => {
      const draft = { channel_id: place.channel, message: 'Once.', pending_post_id: `once-${Date.now()}` };
      const [first, second] = [await call<Post>('POST', '/posts', draft), await call<Post>('POST', '/posts', draft)];
      assert.equal(second.id, first.id);
      assert.equal((await posts()).length, 1);
    });

    it('says why it refuses', async () => {
      for (const [wrong, said] of [
        [{ token: 'revoked-token-77f1' }, 'answered 401: api.context.session_expired.app_error'],
        [{ channel: 'abcdefghijklmnopqrstuvwxyz' }, 'answered 403: api.context.permissions.app_error'],
      ] as const) {
        const { status, body } = await (await begin(wrong)).post(labelled(0));
        assert.equal(status, 503);
        assert.ok(body.toString().includes(said), body.toString());
      }
    });
  });
