// One history from beginning to end: builds the world, lets everything happen, heals it, reconciles, and asks the oracle.
import { type Course, createCourse } from './course.ts';
import type { Coverage } from './coverage.ts';
import { createDeliveries } from './deliveries.ts';
import { checkRegistry, handovers } from './final.ts';
import { createForger } from './forgeries.ts';
import { createGit, type Git, serviceUrl, webhookSecret } from './git.ts';
import { createGitLife } from './git-life.ts';
import { environments, type History, models, type Outage, repositories, type Step } from './history.ts';
import { install } from './installation.ts';
import { createNetwork } from './network.ts';
import { wasReadable } from './oracle.ts';
import { createPeople } from './people.ts';
import { createRegistry, holds as holdsLabel, type Registry, versionsOf } from './registry.ts';
import { checkStints } from './stints.ts';
import { createWatch, Divergence } from './watch.ts';
import { checkWords } from './words.ts';

export interface Outcome {
  /** Undefined: the registry equals Git. */
  divergence?: Divergence;
  /** Of all that happened. */
  hash: string;
}

/** ms in which everything that a movement of the branch sets off is done: in calm histories each has so long for itself. */
const aWhile = 120_000;

/** Another Gitea. */
export const elsewhere = 'https://git.elsewhere.test';

/** ms from dawn to the first step. */
const aMoment = 60_000;

export async function simulate(
  history: History,
  coverage: Coverage,
  onLine?: (line: string) => void,
): Promise<Outcome> {
  const course = createCourse(history, coverage, onLine);
  const { scheduler } = course;
  let divergence: Divergence | undefined;
  try {
    await live(course);
  } catch (error) {
    if (!(error instanceof Divergence)) throw error;
    divergence = error;
    scheduler.note(`DIVERGENCE ${error.message}`);
  }
  return { ...(divergence && { divergence }), hash: scheduler.hash() };
}

async function live(course: Course): Promise<void> {
  const { history, scheduler, coverage } = course;
  const network = createNetwork(scheduler, history.faults, coverage);
  const git = createGit(
    {
      generation: history.gitea,
      now: () => scheduler.now + history.skews.gitea,
      time: () => scheduler.now,
      repositories: history.twoRepositories ? 2 : 1,
      treePage: history.treePage,
      readsService: history.readAt === 'service',
    },
    createDeliveries(course, network, () => installation.source),
  );
  const watch = createWatch(
    git,
    () => scheduler.now,
    () => registry.store,
    coverage,
  );
  const registry = createRegistry(
    {
      generation: history.registry,
      now: () => scheduler.now + history.skews.registry,
      pause: () => scheduler.pause(scheduler.between(0, 8)),
    },
    course.guard(watch.onWrite),
  );
  const people = createPeople(registry, scheduler, coverage);
  for (const registered of history.registered) people.register(registered);
  mark(history, registry, git, `${history.readAt === 'service' ? serviceUrl : elsewhere}/${repositories[0]}`);

  const down = new Set<Outage['of']>();
  const installation = install(course, network, { git, registry, people, watch }, down);
  for (const { handle } of git.repositories) {
    const events = ['push', 'pull_request_only'] as const;
    handle.createWebhook({ url: 'http://gitea-source.svc/', secret: webhookSecret, events: [...events] });
  }
  scheduleOutages(course, registry, down);
  // The repositories are there before anybody looks.
  if (!history.fresh)
    for (const { handle } of git.repositories) handle.commit({ files: { 'README.md': 'fleet\n' }, message: 'First' });
  const life = createGitLife(git, coverage);
  const forge = createForger(course, network, git, installation);
  scheduleSteps(course, (step) => {
    if (step.do === 'register') people.register({ ...step, labels: [], archived: false });
    else if (step.do === 'person') people.act(step);
    else if (step.do === 'ping') void installation.ping();
    else if (step.do === 'forge') forge(step);
    else return life.act(step);
    return undefined;
  });
  await course.rest();

  if (onlySlow(history)) checkProgress();
  if (course.losses() === 0 && convergesAlone(history, git)) {
    coverage.count('converged without a reconcile');
    checkRegistry(git, registry.store, coverage, true);
    if (history.kind === 'calm') checkStints(git, registry.store, coverage);
    if (course.untold === 0) checkWords(git, registry.store, coverage, history.kind === 'calm');
  }
  await Promise.all([people.atLast(), course.rest()]);
  network.heal();
  course.healed = true;
  await reconcile();
  if (history.kind === 'labels taken') checkStints(git, registry.store, coverage, true);
  for (let more = 0; more < 2 && handovers(git, registry.store).length > 0; more++) await reconcile();
  checkRegistry(git, registry.store, coverage, false);
  const before = watch.writes();
  await reconcile();
  if (watch.writes() > before) throw new Divergence('a second reconcile wrote something');
  coverage.count('histories');

  /** A push is put off when the branch moved while its head was told of and nobody else is there to look, and for nothing else. */
  function checkProgress(): void {
    if (course.losses() > 0) throw new Divergence('something was lost, and nothing had failed: Gitea was slow at most');
    const moves = git.repositories.reduce((sum, repository) => sum + repository.moves.length, 0);
    if (installation.putOff() > history.parses * moves)
      throw new Divergence(`parse put pushes off ${installation.putOff()} times, and the branch moved ${moves} times`);
  }

  async function reconcile(): Promise<void> {
    scheduler.note('— reconcile');
    void installation.ping();
    await course.rest();
  }
}

/** `act`: does a step; what it gives back is done a while later. */
function scheduleSteps(course: Course, act: (step: Step) => (() => void) | undefined): void {
  const { history, scheduler, coverage } = course;
  let at = aMoment;
  for (const { after, step } of history.steps) {
    at += after;
    const pause = history.kind === 'calm' || history.kind === 'labels taken' ? aWhile : scheduler.between(0, 5_000);
    scheduler.after(
      at,
      course.guard(() => {
        scheduler.note(`— ${JSON.stringify(step)}`);
        coverage.count(`step ${step.do}`);
        const then = act(step);
        if (then) scheduler.after(pause, course.guard(then));
      }),
    );
  }
}

/** `down`: who is away at the moment, but for the registry's database, which knows it itself. */
function scheduleOutages(course: Course, registry: Registry, down: Set<Outage['of']>): void {
  const { history, scheduler, coverage } = course;
  for (const { of, at, lasts } of history.outages) {
    scheduler.after(at, () => {
      if (course.healed) return;
      scheduler.note(`outage of ${of} for ${lasts} ms`);
      coverage.count(`outage of ${of}`);
      if (of === 'database') registry.database.set(lasts % 3 === 0 ? 'recovering' : 'stopped', lasts % 2);
      else if (of === 'stalled database') registry.database.set('stalled');
      else down.add(of);
    });
    scheduler.after(at + lasts, () => {
      if (of === 'database' || of === 'stalled database') registry.database.set('up');
      else down.delete(of);
    });
  }
}

/** Nothing was lost by chance either, and no file could not be read at any head. */
export function convergesAlone({ kind }: History, git: Git): boolean {
  return (
    (kind === 'calm' || kind === 'nothing lost') &&
    git.repositories.every((repository) => environments.every((name) => wasReadable(git, repository, name)))
  );
}

/** Every call and every delivery gets through, if late. */
function onlySlow({ kind, faults, deaths }: History): boolean {
  return (kind === 'calm' || kind === 'nothing lost') && faults.length === 0 && deaths.length === 0;
}

/** Models that others have marked. `earlier`: what an earlier release called the first repository. */
export function mark({ marked }: History, { store }: Registry, git: Git, earlier: string): void {
  for (const { model, environment, by, holds } of marked) {
    const row = store.rows('RegisteredModel').find(({ name }) => name === models[model]);
    if (row === undefined) continue;
    if (by !== 'another' && git.ownerOf(earlier)) git.inherited.add(`${environments[environment]} ${row.name}`);
    const values = {
      repository: by === 'another' ? `${elsewhere}/other/fleet` : earlier,
      head: 'f'.repeat(40),
      observedAt: '2026-09-30T08:00:00.000Z',
    };
    for (const [key, string] of Object.entries(values))
      row.properties.push({ name: `${environments[environment]}.${key}`, custom: true, string });
    const [version] = versionsOf(store, row);
    if (holds && version && !holdsLabel(version, environments[environment]!))
      version.properties.push({ name: environments[environment]!, custom: true, string: '' });
  }
}
