// Keeps a function running, as a kubelet does: when its process ends by itself or is killed, it is started again after a pause.
import { EventEmitter } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { type FunctionProcess, type LogLine, startFunction } from './processes.ts';

/** ms; a kubelet begins with 10 s. */
const restartPause = 2_000;

export type RunningState = 'running' | 'ended' | 'starting';

export interface KeptFunction {
  name: string;
  url: string;
  events: EventEmitter<{ line: [LogLine]; state: [RunningState] }>;
  readonly state: RunningState;
  /** SIGKILL: no last word. It comes back by itself. */
  kill(): void;
  /** Ends it for good. */
  stop(): Promise<void>;
}

/** Resolves when it is ready for the first time; throws when it does not get that far. Arguments: as startFunction's. */
export async function keepRunning(...how: Parameters<typeof startFunction>): Promise<KeptFunction> {
  const events: KeptFunction['events'] = new EventEmitter();
  const stopping = new AbortController();
  let state: RunningState = 'running';
  let current = await startFunction(...how);
  // A listener of our own, so that lines are passed on across restarts.
  const follow = (running: FunctionProcess) => running.events.on('line', (line) => events.emit('line', line));
  const become = (next: RunningState) => {
    state = next;
    events.emit('state', next);
  };
  follow(current);

  async function watch(): Promise<void> {
    for (;;) {
      await current.ended;
      if (stopping.signal.aborted) return;
      become('ended');
      await startAgain();
      if (stopping.signal.aborted) return current.stop();
      become('running');
    }
  }

  async function startAgain(): Promise<void> {
    for (;;) {
      try {
        await pause(restartPause, undefined, { signal: stopping.signal });
        become('starting');
        current = await startFunction(...how);
        follow(current);
        return;
      } catch (error) {
        if (stopping.signal.aborted) return;
        events.emit('line', (error as Error).message);
        become('ended');
      }
    }
  }

  const watching = watch();
  const [name] = how;
  return {
    name,
    url: current.url,
    events,
    get state() {
      return state;
    },
    kill: () => current.kill(),
    async stop() {
      stopping.abort();
      await current.stop();
      await watching;
    },
  };
}
