// The world of one history, in virtual time or over sockets: Gitea, the registry, everybody who writes there, and the watch over
// both; what happens in it, and what must hold when nothing fails any more.
import type { Hook } from '../../stand-ins/gitea/world.ts';
import type { Cluster, Told } from './cluster.ts';
import type { Course } from './course.ts';
import { checkRegistry, checkServing, handovers } from './final.ts';
import type { Forge } from './forgeries.ts';
import { createGit, type Git, serviceUrl, webhookSecret } from './git.ts';
import { createGitLife } from './git-life.ts';
import { environments, type History, models, type Outage, repositories, type Step } from './history.ts';
import { wasReadable } from './oracle.ts';
import { createPeople, type People } from './people.ts';
import { createRegistry } from './registries/index.ts';
import { holds as holdsLabel, type Registry, versionsOf } from './registry.ts';
import { checkStints } from './stints.ts';
import { createWatch, Divergence, type Watch } from './watch.ts';

/** Another Gitea. */
const elsewhere = 'https://git.elsewhere.test';

/** ms from the beginning of a history to its first step. */
export const aMoment = 60_000;

/** A hook's delivery, to be signed and sent. */
export type Deliver = (hook: Hook, eventType: string, payload: string) => void;

export interface World {
  git: Git;
  registry: Registry;
  people: People;
  watch: Watch;
  /** What the cluster's observer has told. */
  told: Told[];
  /** Who is away at the moment, but for the registry's database, which knows it itself. */
  down: ReadonlySet<Outage['of']>;
  setOutage(outage: Outage, is: boolean): void;
}

/** `readsService`: everybody reads Gitea at its Service. `stalls`: ms that a machine may hold up a process. */
export function createWorld(
  course: Course,
  deliver: Deliver,
  { readsService, stalls = 0 }: { readsService: boolean; stalls?: number },
): World {
  const { history, time, coverage } = course;
  const git = createGit(
    {
      generation: history.gitea,
      now: () => time.now + history.skews.gitea,
      time: () => time.now,
      repositories: history.twoRepositories ? 2 : 1,
      treePage: history.page,
      readsService,
    },
    deliver,
  );
  const told: Told[] = [];
  const watch = createWatch(
    git,
    () => time.now,
    () => registry.store,
    coverage,
    stalls,
    told,
  );
  const registry = createRegistry(
    history.registry,
    {
      now: () => time.now + history.skews.registry,
      pause: (ms = time.between(0, 8)) => time.pause(ms),
      page: history.page,
    },
    course.guard(watch.onWrite),
    (line) => time.note(line),
  );
  const people = createPeople(registry, time, coverage);
  for (const registered of history.registered) people.register(registered);
  mark(history, registry, git, `${readsService ? serviceUrl : elsewhere}/${repositories[0]}`);
  const down = new Set<Outage['of']>();
  return { git, registry, people, watch, told, down, setOutage };

  function setOutage({ of, lasts }: Outage, is: boolean): void {
    if (is) coverage.count(`outage of ${of}`);
    if (of === 'database' && is) registry.setDatabase(lasts % 3 === 0 ? 'recovering' : 'stopped', lasts % 2);
    else if (of === 'database' || of === 'stalled database') registry.setDatabase(is ? 'stalled' : 'up');
    else if (is) down.add(of);
    else down.delete(of);
  }
}

/** Webhooks are set up, and the repositories are there before anybody looks. */
export function open({ fresh }: History, { git }: World): void {
  for (const { handle } of git.repositories) {
    const events = ['push', 'pull_request_only'] as const;
    handle.createWebhook({ url: 'http://gitea-source.svc/', secret: webhookSecret, events: [...events] });
  }
  if (!fresh)
    for (const { handle } of git.repositories) handle.commit({ files: { 'README.md': 'fleet\n' }, message: 'First' });
}

/** Does a step; what it gives back is done a while later. */
export function createActor(
  { time, coverage }: Course,
  { git, people }: World,
  ping: () => Promise<void>,
  forge: (step: Forge) => void,
): (step: Step) => (() => void) | undefined {
  const life = createGitLife(git, coverage);
  return (step) => {
    time.note(`— ${JSON.stringify(step)}`);
    coverage.count(`step ${step.do}`);
    switch (step.do) {
      case 'register':
        return void people.register({ ...step, labels: [], archived: false });
      case 'person':
        return void people.act(step);
      case 'ping':
        return void ping();
      case 'forge':
        return void forge(step);
      default:
        return life.act(step);
    }
  };
}

/** The registry equals Git before any reconcile, where nothing was lost. Whether that could be asked. */
export function checkAlone(course: Course, { git, registry }: World): boolean {
  if (course.losses() > 0 || !convergesAlone(course.history, git)) return false;
  course.coverage.count('converged without a reconcile');
  checkRegistry(git, registry.store, course.coverage, true);
  return true;
}

/** Nothing was lost by chance either, and no file could not be read at any head. */
function convergesAlone({ kind }: History, git: Git): boolean {
  return (
    (kind === 'calm' || kind === 'nothing lost') &&
    git.repositories.every((repository) => environments.every((name) => wasReadable(git, repository, name)))
  );
}

/**
 * After one reconcile the registry equals Git, and a second one writes nothing. `exact`: in histories in which people took labels,
 * the records are held to Git value by value. `reconcile`: a ping, and all that it sets off. `observe`: the cluster is observed, and
 * all that that sets off.
 */
export async function checkReconciled(
  course: Course,
  { git, registry, watch }: World,
  exact: boolean,
  reconcile: () => Promise<void>,
  { cluster, observe }: { cluster?: Cluster; observe(): Promise<void> } = { observe: async () => {} },
): Promise<void> {
  const { history, coverage } = course;
  course.healed = true;
  await reconcile();
  if (exact && history.kind === 'labels taken') checkStints(git, registry.store, coverage, true);
  for (let more = 0; more < 2 && handovers(git, registry.store).length > 0; more++) await reconcile();
  await observe();
  checkRegistry(git, registry.store, coverage, false);
  if (cluster) checkServing(registry.store, cluster.serving(), coverage);
  const before = watch.writes();
  await reconcile();
  await observe();
  if (watch.writes() > before) throw new Divergence('a second reconcile wrote something');
  coverage.count('histories');
}

/** Models that others have marked. `earlier`: what an earlier release called the first repository. */
function mark({ marked }: History, { store, put }: Registry, git: Git, earlier: string): void {
  for (const { model, environment: index, by, holds } of marked) {
    const environment = environments[index]!;
    const row = store.rows('RegisteredModel').find(({ name }) => name === models[model]);
    if (row === undefined) continue;
    if (by !== 'another' && git.ownerOf(earlier)) git.inherited.add(`${environment} ${row.name}`);
    const values = {
      repository: by === 'another' ? `${elsewhere}/other/fleet` : earlier,
      head: 'f'.repeat(40),
      observedAt: '2026-09-30T08:00:00.000Z',
    };
    for (const [key, value] of Object.entries(values)) put(row, `${environment}.${key}`, value);
    const [version] = versionsOf(store, row);
    if (holds && version && !holdsLabel(version, environment)) put(version, environment, '');
  }
}
