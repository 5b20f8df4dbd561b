// Loaded into a process before anything else (`node --require`): its time passes several times as fast as the machine's, so that
// the bundles that are shipped, with their time limits as they are, can be played through hours. Touches no other thing.

const { CLOCK_SPEED, CLOCK_SHOWS, CLOCK_AT } = process.env;
const speed = Number(CLOCK_SPEED);
/** ms since epoch that this process's clock shows at the moment `at` of the machine's. */
const shows = Number(CLOCK_SHOWS);
const at = Number(CLOCK_AT);
if (!(speed > 0) || Number.isNaN(shows - at))
  throw new Error('CLOCK_SPEED, CLOCK_SHOWS and CLOCK_AT: expected numbers');

const monotonic = performance.now.bind(performance);
const now = () => Math.floor(shows + (performance.timeOrigin + monotonic() - at) * speed);
performance.now = () => monotonic() * speed;

const MachineDate = Date;
globalThis.Date = new Proxy(MachineDate, {
  construct: (target, given, newTarget) => Reflect.construct(target, given.length === 0 ? [now()] : given, newTarget),
  get: (target, name, receiver) => (name === 'now' ? now : Reflect.get(target, name, receiver)),
});

const { setTimeout: after, AbortController } = globalThis;
globalThis.setTimeout = Object.assign(
  (run: (...given: unknown[]) => void, ms = 0, ...given: unknown[]) => after(run, ms / speed, ...given),
  after,
) as typeof setTimeout;

AbortSignal.timeout = (ms) => {
  const limit = new AbortController();
  after(() => limit.abort(new DOMException('The time is up', 'TimeoutError')), ms / speed).unref();
  return limit.signal;
};

export {};
