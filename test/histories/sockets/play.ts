// One history over sockets from beginning to end: builds the world, lets everything happen, heals it, reconciles, and asks the
// oracle. The same plan, Git, registry, people and oracle as in the simulation; processes, sockets and time are real.
import type { Coverage } from '../coverage.ts';
import { checkRegistry, handovers } from '../final.ts';
import { createForger } from '../forgeries.ts';
import { createGit, webhookSecret } from '../git.ts';
import { createGitLife } from '../git-life.ts';
import { type History, type Outage, repositories } from '../history.ts';
import type { Network } from '../network.ts';
import { createPeople } from '../people.ts';
import { createRegistry } from '../registry.ts';
import { convergesAlone, elsewhere, mark } from '../simulate.ts';
import { createWatch, Divergence } from '../watch.ts';
import type { Built } from './build.ts';
import { createPlay } from './course.ts';
import { createDeliveries } from './deliveries.ts';
import { type Installation, install } from './installation.ts';
import { createTime, type Time, usualSpeed } from './time.ts';
import { type Appointment, keep } from './timetable.ts';

export interface Outcome {
  /** Undefined: the registry equals Git. */
  divergence?: Divergence;
  /** It went on for longer than any chain of attempts; on a machine that is too busy for the limits, so does everything. */
  restless?: boolean;
  trace: readonly string[];
}

/** ms of a history's time that a busy machine may hold up a process, or this one: ten seconds of the machine's. */
const longestStall = 100_000;
class Restless extends Divergence {
  override name = 'Restless';
}

/** ms from dawn to the first step. */
const aMoment = 60_000;
/** ms of a history's time that an outage lasts at most. */
const longestOutage = 15_000;
/** ms that is looked for a rest while a history goes on; at its end it has to come. */
const soon = 30_000;
/** Looks in a row, and ms between two, that make a rest. */
const looks = 6;
const pauseBetween = 300;
/** ms of a history's time; the longest chain of attempts (a Trigger's, with everything that may hang) takes a third of it. */
const never = 900_000;

export async function playHistory(
  history: History,
  built: Built,
  coverage: Coverage,
  speed = usualSpeed,
): Promise<Outcome> {
  const time = createTime(history.seed, speed);
  try {
    await live(history, time, built, coverage);
    coverage.count('histories');
    return { trace: time.trace };
  } catch (error) {
    if (!(error instanceof Divergence)) throw error;
    time.note(`DIVERGENCE ${error.message}`);
    return { divergence: error, restless: error instanceof Restless, trace: time.trace };
  } finally {
    time.stop();
  }
}

/** Of somebody who asks without a wire of the installation. */
const directly: Pick<Network, 'call'> = {
  call: (link, _caller, server, request) => {
    const gone = new AbortController().signal;
    return server.take!(request, { link, nth: 0, sentAt: 0, instance: 0, late: false, gone });
  },
};

async function live(history: History, time: Time, built: Built, coverage: Coverage): Promise<void> {
  const play = createPlay(history, time, coverage);
  let installation: Installation | undefined;
  const git = createGit(
    {
      generation: history.gitea,
      now: () => time.now + history.skews.gitea,
      time: () => time.now,
      repositories: history.twoRepositories ? 2 : 1,
      treePage: history.treePage,
      // Everybody reads at a wire of their own, so no address is everybody's.
      readsService: false,
    },
    createDeliveries(play, () => installation?.sourcePort()),
  );
  const watch = createWatch(
    git,
    () => time.now,
    () => registry.store,
    coverage,
    longestStall,
  );
  const registry = createRegistry(
    {
      generation: history.registry,
      now: () => time.now + history.skews.registry,
      pause: () => time.pause(time.between(0, 8)),
    },
    play.guard(watch.onWrite),
  );
  const people = createPeople(registry, time, coverage);
  for (const registered of history.registered) people.register(registered);
  mark(history, registry, git, `${elsewhere}/${repositories[0]}`);
  const down = new Set<Outage['of']>();
  installation = await install(play, built, { git, registry, people }, down);
  try {
    await happen(installation);
  } finally {
    await installation.close();
  }

  async function happen({ ping, underWay, ...wired }: Installation): Promise<void> {
    for (const { handle } of git.repositories) {
      const events = ['push', 'pull_request_only'] as const;
      handle.createWebhook({ url: 'http://gitea-source.svc/', secret: webhookSecret, events: [...events] });
    }
    // The repositories are there before anybody looks.
    if (!history.fresh)
      for (const { handle } of git.repositories) handle.commit({ files: { 'README.md': 'fleet\n' }, message: 'First' });

    const forge = createForger(
      { history, coverage, guard: play.guard, fail: play.fail, scheduler: time },
      directly,
      git,
      wired,
    );
    await keep([...outages(), ...steps(ping, forge)], time, () => rest(soon).then(() => {}));
    await settled();
    if (play.losses() === 0 && convergesAlone(history, git)) {
      checkRegistry(git, registry.store, coverage, true);
      coverage.count('converged without a reconcile');
    }
    await people.atLast();
    await settled();
    play.healed = true;
    await reconcile();
    for (let more = 0; more < 2 && handovers(git, registry.store).length > 0; more++) await reconcile();
    checkRegistry(git, registry.store, coverage, false);
    const before = watch.writes();
    await reconcile();
    if (watch.writes() > before) throw new Divergence('a second reconcile wrote something');

    async function reconcile(): Promise<void> {
      time.note('— reconcile');
      void ping();
      await settled();
    }

    async function settled(): Promise<void> {
      if (await rest(never)) return;
      throw new Restless(`it never comes to rest: ${(await stirs()).join(', ')}`);
    }

    async function stirs(): Promise<string[]> {
      const own = play.underWay();
      return own.length > 0 ? own : underWay();
    }

    /** True when nothing was on its way for some looks in a row; false when the time was up first. Throws the first failure. */
    async function rest(most: number): Promise<boolean> {
      const end = time.now + most;
      for (let quiet = 0; quiet < looks; ) {
        if (time.now > end) return false;
        await new Promise((resolve) => setTimeout(resolve, pauseBetween / time.speed));
        quiet = (await stirs()).length === 0 ? quiet + 1 : 0;
      }
      return true;
    }
  }

  function steps(ping: () => Promise<void>, forge: ReturnType<typeof createForger>): Appointment[] {
    const life = createGitLife(git, coverage);
    let at = aMoment;
    return history.steps.map(({ after, step }) => {
      at += after;
      const run = play.guard(() => {
        time.note(`— ${JSON.stringify(step)}`);
        coverage.count(`step ${step.do}`);
        if (step.do === 'register') people.register({ ...step, labels: [], archived: false });
        else if (step.do === 'person') people.act(step);
        else if (step.do === 'ping') void ping();
        else if (step.do === 'forge') forge(step);
        else {
          const then = life.act(step);
          if (then) time.after(time.between(0, 2_000), play.guard(then));
        }
      });
      return { at, run };
    });
  }

  function outages(): Appointment[] {
    return history.outages.map(({ of, at, lasts }) => {
      const isDatabase = of === 'database' || of === 'stalled database';
      const end = () => {
        if (isDatabase) registry.database.set('up');
        else down.delete(of);
        time.note(`end of the outage of ${of}`);
      };
      const run = () => {
        time.note(`outage of ${of}`);
        coverage.count(`outage of ${of}`);
        if (of === 'database') registry.database.set(lasts % 3 === 0 ? 'recovering' : 'stopped', lasts % 2);
        else if (of === 'stalled database') registry.database.set('stalled');
        else down.add(of);
        time.after(Math.min(lasts, longestOutage), end);
      };
      return { at, run };
    });
  }
}
