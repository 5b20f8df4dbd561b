// Counts calls to a server, ends them at the deadline of their event, and measures how long an event waits for servers.
import { AsyncLocalStorage } from 'node:async_hooks';
import { currentDeadline } from './deadline.ts';
import type { Clock, Http, HttpRequest, HttpResponse, Io } from './io.ts';

export interface Waiting {
  /** ms so far in which at least one call was under way. */
  ms(): number;
}

export interface Stopwatch extends Waiting {
  begin(): void;
  end(): void;
}

const stopwatches = new AsyncLocalStorage<Stopwatch>();

/** Calls between `begin` and `end` are waited for. */
export function createStopwatch(clock: Clock): Stopwatch {
  let [calls, since, total] = [0, 0, 0];
  return {
    // Calls side by side are waited for once.
    begin() {
      if (calls++ === 0) since = clock.monotonic();
    },
    end() {
      if (--calls === 0) total += clock.monotonic() - since;
    },
    ms: () => total + (calls > 0 ? clock.monotonic() - since : 0),
  };
}

/** Whatever `work` waits for through `callsTo` counts. */
export function withWaiting<T>(clock: Clock, work: (waiting: Waiting) => T): T {
  const stopwatch = createStopwatch(clock);
  return stopwatches.run(stopwatch, () => work(stopwatch));
}

/** Until the result is called, the event waits for calls that are made for another one. */
export function beginWaiting(): () => void {
  const stopwatch = stopwatches.getStore();
  stopwatch?.begin();
  let ended = false;
  return () => {
    if (!ended) stopwatch?.end();
    ended = true;
  };
}

/** The same io, whose calls count as calls to `server`: `gitea`, `registry` (a further one: `registry-<name>`), `kubernetes`, `channels` or `sink`. */
export function callsTo(server: string, io: Io): Io {
  const calls = io.metrics.counter('calls_total', 'Calls to a server by class of status; none: no whole answer.');
  const duration = io.metrics.histogram('call_duration_seconds', 'From the begin of a call to its whole answer.');
  const retries = io.metrics.counter('call_retries_total', 'Calls that were repeated.');

  function counted(http: Http): Http {
    return async (request) => {
      const stopwatch = stopwatches.getStore();
      const start = io.clock.monotonic();
      stopwatch?.begin();
      let answer: HttpResponse | undefined;
      try {
        answer = await inTime(request, http);
        return answer;
      } finally {
        stopwatch?.end();
        calls.add({ server, code: answer ? `${Math.floor(answer.status / 100)}xx` : 'none' });
        if (answer?.repeated) retries.add({ server });
        duration.observe({ server }, (io.clock.monotonic() - start) / 1000);
      }
    };
  }

  return { ...io, api: counted(io.api), sink: counted(io.sink) };
}

/** Within the deadline of the work that calls. What may take effect all the same is never left once it has begun. */
function inTime(request: HttpRequest, http: Http): Promise<HttpResponse> {
  const deadline = currentDeadline();
  if (deadline === undefined) return http(request);
  return (request.method === 'GET' ? deadline.within : deadline.begin)(() => http(request));
}
