// One history in virtual time from beginning to end: opens the world, lets everything happen, heals it, reconciles, and asks the
// oracle.
import { createCluster } from './cluster.ts';
import { type Course, createCourse } from './course.ts';
import type { Coverage } from './coverage.ts';
import { createDeliveries } from './deliveries.ts';
import { createForger } from './forgeries.ts';
import type { History } from './history.ts';
import { install, signingKey } from './installation.ts';
import { type Caller, createNetwork } from './network.ts';
import { Scheduler } from './scheduler.ts';
import { checkStints } from './stints.ts';
import { Divergence } from './watch.ts';
import { checkWords } from './words.ts';
import { aMoment, checkAlone, checkReconciled, createActor, createWorld, open, type World } from './world.ts';

export interface Outcome {
  /** Undefined: the registry equals Git. */
  divergence?: Divergence;
  /** Of all that happened. */
  hash: string;
}

/** ms in which everything that a movement of the branch sets off is done: in calm histories each has so long for itself. */
const aWhile = 120_000;

/** ms that Gitea waits for the answer to a webhook. */
const patience = 5_000;

export async function simulate(
  history: History,
  coverage: Coverage,
  onLine?: (line: string) => void,
): Promise<Outcome> {
  const scheduler = new Scheduler(history.seed);
  scheduler.onLine = onLine;
  let divergence: Divergence | undefined;
  try {
    await live(createCourse(history, coverage, scheduler));
  } catch (error) {
    if (!(error instanceof Divergence)) throw error;
    divergence = error;
    scheduler.note(`DIVERGENCE ${error.message}`);
  }
  return { ...(divergence && { divergence }), hash: scheduler.hash() };
}

async function live(course: Course<Scheduler>): Promise<void> {
  const { history, time, coverage } = course;
  const network = createNetwork(course);
  const late = [5_000, 300_000] as const;
  const deliver = createDeliveries(
    course,
    { usual: [500, 4_500], doubled: [500, 60_000], replayed: late, late },
    async (headers, body, cutOff) => {
      const caller: Caller = { instance: 0, alive: () => true, atEnd: new Set() };
      const sent = cutOff ? body.subarray(0, body.length - 20) : body;
      const request = { method: 'POST', url: 'http://gitea-source.svc/', headers, body: sent };
      return (await network.call('gitea → gitea-source', caller, installation.source, request, patience)).status;
    },
  );
  const world = createWorld(course, deliver, { readsService: history.readAt === 'service' });
  const installation = install(course, network, world);
  const cluster = createCluster(course, world, installation.broker, history.signed ? signingKey : undefined);
  scheduleOutages(course, world);
  open(history, world);
  scheduleSteps(course, world, installation.ping, createForger(course, network, world.git, installation));
  await rest();

  if (onlySlow(history)) checkProgress();
  if (checkAlone(course, world)) {
    const { git, registry } = world;
    if (history.kind === 'calm') checkStints(git, registry.store, coverage);
    if (course.untold === 0) checkWords(git, registry.store, coverage, history.kind === 'calm');
  }
  await Promise.all([world.people.atLast(), rest()]);
  const reconcile = async () => {
    time.note('— reconcile');
    void installation.ping();
    await rest();
  };
  const observe = async () => {
    cluster.observe();
    await rest();
  };
  await checkReconciled(course, world, true, reconcile, { cluster, observe });

  /** Until nothing more happens; throws the first failure. */
  async function rest(): Promise<void> {
    await time.run();
    course.check();
  }

  /** A push is put off when the branch moved while its head was reported and nobody else is there to look, and for nothing else. */
  function checkProgress(): void {
    if (course.losses() > 0) throw new Divergence('something was lost, and nothing had failed: Gitea was slow at most');
    const moves = world.git.repositories.reduce((sum, repository) => sum + repository.moves.length, 0);
    if (installation.putOff() > history.parses * moves)
      throw new Divergence(`parse put pushes off ${installation.putOff()} times, and the branch moved ${moves} times`);
  }
}

function scheduleSteps(
  course: Course,
  world: World,
  ...actors: [() => Promise<void>, ReturnType<typeof createForger>]
) {
  const { history, time } = course;
  const act = createActor(course, world, ...actors);
  let at = aMoment;
  for (const { after, step } of history.steps) {
    at += after;
    const pause = history.kind === 'calm' || history.kind === 'labels taken' ? aWhile : time.between(0, 5_000);
    time.after(
      at,
      course.guard(() => {
        const then = act(step);
        if (then) time.after(pause, course.guard(then));
      }),
    );
  }
}

function scheduleOutages(course: Course, { setOutage }: World): void {
  for (const outage of course.history.outages) {
    const { of, at, lasts } = outage;
    course.time.after(at, () => {
      if (course.healed) return;
      course.time.note(`outage of ${of} for ${lasts} ms`);
      setOutage(outage, true);
    });
    course.time.after(at + lasts, () => setOutage(outage, false));
  }
}

/** Every call and every delivery gets through, if late. */
function onlySlow({ kind, faults, deaths }: History): boolean {
  return (kind === 'calm' || kind === 'nothing lost') && faults.length === 0 && deaths.length === 0;
}
