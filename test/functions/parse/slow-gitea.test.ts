// Pushes that come faster than Gitea can be read, over HTTP: a proxy in front of it holds every answer back, and its answers are
// the measure of time, so that nothing hangs on the machine.

import assert from 'node:assert/strict';
import http from 'node:http';
import { TryAgainError } from '../../../events/errors.ts';
import { functions } from '../../../functions/table.ts';
import { createGiteaStandIn, type GiteaStandIn, type RepositoryHandle } from '../../../stand-ins/gitea/index.ts';
import { giteaAt } from '../../forges/gitea/recorded.ts';
import { httpServer, type LocalServer } from '../../io/local-server.ts';
import { config, parseWorld, ping, prod, promotionsOf, push } from './world.ts';

const delay = 20;
const pushes = 35;
/** Answers of Gitea for one push alone. */
const alone = 11;
/** Answers from one push to the next. */
const apart = 4;

describe('pushes that come faster than Gitea can be read', () => {
  let gitea: GiteaStandIn;
  let proxy: LocalServer;
  let repository: RepositoryHandle;
  let answers: string[];
  let waiting: (() => void)[];

  beforeEach(async () => {
    gitea = await createGiteaStandIn({ users: [{ login: 'acme' }] });
    [answers, waiting] = [[], []];
    proxy = await httpServer((request, response) => {
      const { method, headers, url = '' } = request;
      const onward = http.request(`${gitea.url}${url}`, { method, headers }, (answer) => {
        setTimeout(() => {
          response.writeHead(answer.statusCode!, answer.headers);
          answer.pipe(response);
          answers.push(url);
          for (const wake of waiting.splice(0)) wake();
        }, delay);
      });
      request.pipe(onward);
    });
    repository = gitea.createRepository('acme/fleet', { files: { [prod('jukebox')]: config('0') } });
  });
  afterEach(async () => {
    await proxy.close();
    await gitea.close();
  });

  function parseBehindProxy() {
    const forge = giteaAt(proxy.url, { repository: 'acme/fleet', token: () => gitea.token('acme') });
    const world = parseWorld({ forge });
    let [open, refused] = [0, 0];
    /** As the Trigger does, but without its pauses. */
    async function send(event: Parameters<typeof world.on>[0]): Promise<void> {
      open += 1;
      try {
        for (let attempt = 0; ; attempt++) {
          try {
            await world.on(event);
            return;
          } catch (error) {
            refused += 1;
            if (!(error instanceof TryAgainError) || attempt === functions.parse.trigger.retries) throw error;
          }
        }
      } finally {
        open -= 1;
        for (const wake of waiting.splice(0)) wake();
      }
    }
    async function burst(next: (i: number) => ReturnType<typeof push>): Promise<void> {
      const sent: Promise<void>[] = [];
      for (let i = 0; i < pushes; i++) {
        const from = answers.length;
        sent.push(send(next(i)));
        if (i % 10 === 0) sent.push(send(ping()));
        while (open > 0 && answers.length < from + apart) await new Promise<void>((resolve) => waiting.push(resolve));
      }
      await Promise.all(sent);
    }
    return { ...world, send, burst, refused: () => refused };
  }
  const commit = (version: string) =>
    repository.commit({ files: { [prod('jukebox')]: config(version) }, message: version });
  const page = () => ({ repository: { html_url: `${gitea.url}/acme/fleet` } });

  it('are all answered at the first attempt while the branch stays, each by less than half the calls of one alone', async () => {
    const before = repository.head()!;
    const after = commit('1');
    const { burst, handed, refused } = parseBehindProxy();
    await burst((i) => push(before, after, { id: `push-${i}`, ...page() }));
    assert.equal(refused(), 0);
    assert.equal(handed.filter(({ subject }) => subject === 'prod/jukebox').length, pushes);
    assert.ok(answers.length < pushes * (alone / 2), `${answers.length} calls`);
  });

  it('are all answered while it moves with each of them, and the last head is reported', async () => {
    const { burst, handed } = parseBehindProxy();
    await burst((i) => {
      const before = repository.head()!;
      return push(before, commit(`${i + 1}`), { id: `push-${i}`, ...page() });
    });
    const told = promotionsOf(handed.filter(({ subject }) => subject === 'prod/jukebox'));
    assert.deepEqual(
      told
        .filter(({ head }) => head === repository.head())
        .map(({ serving }) => serving[0]?.version)
        .slice(-1),
      [`${pushes}`],
    );
    assert.ok(answers.length < pushes * alone, `${answers.length} calls`);
  });
});
