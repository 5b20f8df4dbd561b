// The real io on a machine that may be as slow as it likes: limits of whole calls lie far away, and the time that limits are
// measured by passes ten times slower. Short limits and pauses stay, for they are what a test is about.
import type { Clock, Http, Io } from '../../io/io.ts';
import { createIo } from '../../io/real-io.ts';

const times = 10;
/** ms; whatever is shorter was chosen by a test. */
const long = 2_000;
const patient = (ms: number) => (ms < long ? ms : ms * times);

const slowly =
  (http: Http): Http =>
  (request) =>
    http({ ...request, timeoutMs: patient(request.timeoutMs) });
const slowed = (clock: Clock): Clock => ({
  now: clock.now,
  monotonic: () => clock.monotonic() / times,
  sleep: (ms, signal) => clock.sleep(patient(ms), signal),
});

export function patientIo(name: string): Io {
  const io = createIo({ name });
  return { ...io, api: slowly(io.api), sink: slowly(io.sink), clock: slowed(io.clock) };
}
