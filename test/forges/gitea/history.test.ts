import assert from 'node:assert/strict';
import { TryAgainError } from '../../../events/errors.ts';
import {
  type Answer,
  type Answers,
  type GiteaServer,
  generations,
  giteaAt,
  giteaServer,
  json,
  recorded,
} from './recorded.ts';

const head = 'c'.repeat(40);
const route = (limit: number) => `/commits?sha=${head}&path=a&limit=${limit}`;
const slim = '&stat=false&verification=false&files=false';
const known = `/git/commits/${head}?${slim.slice(1)}`;

const id = (n: number) => n.toString(16).padStart(40, '0');
const commit = (n: number) => ({
  sha: id(n),
  commit: { author: { name: 'Ada' }, committer: { date: '2026-11-23T07:19:33+01:00' } },
  author: null,
});
const page = (from: number, to: number, total: number): Answer =>
  json(
    Array.from({ length: to - from }, (_, i) => commit(from + i)),
    200,
    { 'x-total-count': String(total) },
  );

describe('history of the Gitea adapter', () => {
  let server: GiteaServer;
  const history = async (limit: number, answers: Answers) => {
    server = await giteaServer(answers);
    return (await giteaAt(server.url).history(head, 'a', limit)).map((one) => Number.parseInt(one.id, 16));
  };
  afterEach(() => server.close());

  it('takes commits of nobody known by their name', async () => {
    server = await giteaServer({ [route(1) + slim]: page(1, 2, 1) });
    assert.deepEqual(await giteaAt(server.url).history(head, 'a', 1), [
      { id: id(1), author: { name: 'Ada' }, committedAt: '2026-11-23T07:19:33+01:00', parents: [] },
    ]);
  });

  it('goes on over pages of fifty, whatever the limit', async () => {
    const answers = {
      [route(50) + slim]: page(0, 50, 130),
      [`${route(50)}&page=2${slim}`]: page(50, 100, 130),
      [`${route(50)}&page=3${slim}`]: page(100, 130, 130),
    };
    assert.deepEqual(
      await history(120, answers),
      Array.from({ length: 120 }, (_, i) => i),
    );
  });

  it('goes on over smaller pages of a server that honours the limit or has a lower one', async () => {
    const answers = { [route(5) + slim]: page(0, 2, 3), [`${route(5)}&page=2${slim}`]: page(2, 3, 3) };
    assert.deepEqual(await history(5, answers), [0, 1, 2]);
    assert.equal(server.asked.length, 2);
  });

  it('stops where it has enough', async () => {
    assert.deepEqual(await history(2, { [route(2) + slim]: page(0, 50, 5_000) }), [0, 1]);
  });

  it('is empty when the server says so in other words, and knows the commit', async () => {
    const answers = { [route(2) + slim]: json({ message: 'not found', url: '' }, 404), [known]: json({ sha: head }) };
    assert.deepEqual(await history(2, answers), []);
    await server.close();
    assert.deepEqual(await history(2, { [route(2) + slim]: page(0, 0, 0) }), []);
  });

  const bad: Record<string, Answers> = {
    'an empty page too early': { [route(5) + slim]: page(0, 2, 3), [`${route(5)}&page=2${slim}`]: page(0, 0, 3) },
    'a page twice': { [route(5) + slim]: page(0, 2, 4), [`${route(5)}&page=2${slim}`]: page(0, 2, 4) },
    '404 on a later page': {
      [route(5) + slim]: page(0, 2, 4),
      [`${route(5)}&page=2${slim}`]: recorded('gitea', 'commits-path-missing'),
    },
    'no total': { [route(5) + slim]: json([commit(1)]) },
    'a commit without date': {
      [route(5) + slim]: json([{ ...commit(1), commit: { committer: { date: 'x' } } }], 200, { 'x-total-count': '1' }),
    },
    'a proxy, 404': { [route(5) + slim]: { status: 404 }, [known]: { status: 404 }, '': { status: 404 } },
    'an object': { [route(5) + slim]: json({}, 200, { 'x-total-count': '1' }) },
  };
  for (const [name, answers] of Object.entries(bad))
    it(`is no answer after ${name}`, async () => {
      await assert.rejects(history(5, answers), TryAgainError);
    });
});

describe('which commit contains which, by the Gitea adapter', () => {
  let server: GiteaServer;
  const contains = async (answer: Answer) => {
    server = await giteaServer((url) =>
      url === `/commits?sha=${id(1)}&not=${head}&limit=1${slim}` ? answer : undefined,
    );
    return giteaAt(server.url).contains(head, id(1));
  };
  afterEach(() => server.close());

  it('is told by what the one has and the other has not', async () => {
    for (const generation of generations) {
      // Recorded of a branch that is not merged.
      assert.equal(await contains(recorded(generation, 'commits-not')), false, generation);
      await server.close();
    }
    assert.equal(await contains(page(0, 0, 0)), true);
  });

  for (const [name, answer] of [
    ['an empty list of more than nothing', page(0, 0, 2)],
    ['an empty list that nobody counted', json([])],
    ['null', json(null, 200, { 'x-total-count': '0' })],
    ['a commit that is not known', json({ message: 'x', url: 'y' }, 404)],
  ] as const) {
    it(`is no answer after ${name}`, () => assert.rejects(contains(answer), TryAgainError));
  }
});
