// The time of one history over sockets: runs several times as fast as the machine's, and is everybody's, processes included.
// Nothing here repeats an order of events: a seed gives the same history, never the same moment.
import { dawn, generator, type Scheduler } from '../scheduler.ts';

/**
 * How much faster. 10 leaves a call to the registry half a second of the machine's (limits.registryCall), some hundred times
 * what it takes, so that a busy machine times out now and then, and not always.
 */
export const usualSpeed = 10;

export interface Time extends Pick<Scheduler, 'now' | 'random' | 'between' | 'pause' | 'note' | 'trace'> {
  /** Times as fast as the machine's. */
  readonly speed: number;
  after(ms: number, run: () => void): void;
  /** Timers and pauses that are not over yet. */
  readonly waiting: number;
  /** For a process whose clock is `skew` ms off; clock-preload.ts reads it. */
  environment(skew: number): Record<string, string>;
  /** Nothing that waits happens any more. */
  stop(): void;
}

export function createTime(seed: number, speed: number): Time {
  const random = generator(seed);
  const started = machineNow();
  const trace: string[] = [];
  const timers = new Set<NodeJS.Timeout>();
  const now = () => dawn + (machineNow() - started) * speed;
  const time: Time = {
    get now() {
      return Math.floor(now());
    },
    speed,
    trace,
    random,
    between: (from, to) => from + Math.floor(random() * (to - from + 1)),
    get waiting() {
      return timers.size;
    },
    after(ms, run) {
      const timer = setTimeout(() => {
        timers.delete(timer);
        run();
      }, Math.max(0, ms) / speed);
      timers.add(timer);
    },
    pause: (ms) => new Promise((resolve) => time.after(ms, resolve)),
    note(line) {
      const text = `${((now() - dawn) / 1000).toFixed(3).padStart(9)}  ${line}`;
      trace.push(text);
    },
    environment: (skew) => ({
      CLOCK_SPEED: String(speed),
      CLOCK_SHOWS: String(dawn + skew),
      CLOCK_AT: String(started),
    }),
    stop() {
      for (const timer of timers) clearTimeout(timer);
      timers.clear();
    },
  };
  return time;
}

/** ms since epoch, with fractions; never goes back. */
function machineNow(): number {
  return performance.timeOrigin + performance.now();
}
