// One history over sockets from beginning to end: opens the world, lets everything happen, heals it, reconciles, and asks the
// oracle. The same plan, Git, registry, people and oracle as in the simulation; processes, sockets and time are real.
import type { Coverage } from '../coverage.ts';
import { createDeliveries } from '../deliveries.ts';
import { createForger } from '../forgeries.ts';
import type { History } from '../history.ts';
import type { Network } from '../network.ts';
import { Divergence } from '../watch.ts';
import { aMoment, checkAlone, checkReconciled, createActor, createWorld, open, type World } from '../world.ts';
import type { Built } from './build.ts';
import { createPlay, type Play } from './course.ts';
import { type Installation, install } from './installation.ts';
import { postWebhook } from './post-webhook.ts';
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

/** ms that Gitea waits for the answer to a webhook. */
const patience = 5_000;
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
  const late = [2_000, 20_000] as const;
  const deliver = createDeliveries(
    play,
    { usual: [0, 1_500], doubled: [0, 10_000], replayed: [1_000, 20_000], late },
    async (headers, body, cutOff) => {
      const waits = patience / time.speed;
      const sent = postWebhook(installation?.sourcePort(), headers, body, { cutOff, waits });
      // A webhook that is lost on its way is no failure, and still nothing is at rest before its end.
      await play.track(sent.catch(() => {}));
      return sent;
    },
  );
  // Everybody reads at a wire of their own, so no address is everybody's.
  const world = createWorld(play, deliver, { readsService: false, stalls: longestStall });
  installation = await install(play, built, world);
  try {
    await happen(play, world, installation);
  } finally {
    await installation.close();
  }
}

async function happen(play: Play, world: World, { ping, underWay, ...wired }: Installation): Promise<void> {
  const { history, time } = play;
  open(history, world);
  const act = createActor(play, world, ping, createForger(play, directly, world.git, wired));
  await keep([...outages(), ...steps()], time, () => rest(soon).then(() => {}));
  await settled();
  checkAlone(play, world);
  await world.people.atLast();
  await settled();
  await checkReconciled(play, world, false, async () => {
    time.note('— reconcile');
    void ping();
    await settled();
  });

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

  function steps(): Appointment[] {
    let at = aMoment;
    return history.steps.map(({ after, step }) => {
      at += after;
      const run = play.guard(() => {
        const then = act(step);
        if (then) time.after(time.between(0, 2_000), play.guard(then));
      });
      return { at, run };
    });
  }

  function outages(): Appointment[] {
    return history.outages.map((outage) => {
      const { of, at, lasts } = outage;
      const run = () => {
        time.note(`outage of ${of}`);
        world.setOutage(outage, true);
        time.after(Math.min(lasts, longestOutage), () => {
          time.note(`end of the outage of ${of}`);
          world.setOutage(outage, false);
        });
      };
      return { at, run };
    });
  }
}
