// Draws what becomes of deliveries and events, and what fails.
import fc from 'fast-check';
import {
  type CallFault,
  type Death,
  type EventFate,
  type Fate,
  type History,
  type Link,
  links,
  type Outage,
  type ProcessName,
} from '../history.ts';
import { few } from './pick.ts';

const fatesOf = (among: readonly Fate[]): fc.Arbitrary<History['fates']> =>
  few(fc.record({ nth: fc.nat(12), fate: fc.constantFrom(...among) }), 5);
export const fates = fatesOf(['lost', 'doubled', 'replayed', 'late', 'cut off', 'shortened']);
/** Those that take nothing away. */
export const harmlessFates = fatesOf(['doubled', 'replayed', 'late', 'shortened']);

const eventFatesOf = (among: readonly EventFate[]): fc.Arbitrary<History['eventFates']> =>
  few(fc.record({ nth: fc.nat(25), fate: fc.constantFrom(...among) }), 5);
export const eventFates = eventFatesOf(['lost', 'doubled', 'replayed', 'late', 'cut off']);
export const harmlessEventFates = eventFatesOf(['doubled', 'replayed', 'late']);

const callFaults: CallFault[] = [
  'time-out before',
  'time-out after',
  'late effect',
  'reset before',
  'reset after',
  404,
  409,
  429,
  500,
  502,
  503,
  '502 after',
  'malformed',
  'malformed after',
  'cut off',
  'cut short',
  'short list',
  'slow',
];
/** Those after which a sender tries again, and nothing of ours comes late. */
const passing = callFaults.filter((one) => one !== 'late effect' && one !== 'malformed');

/** How many calls of a link there are in most histories. */
const many: Partial<Record<Link, number>> = {
  'parse → gitea': 60,
  'parse → gitea, contents': 5,
  'registry-writer → registry': 60,
  'registry-writer → registry, look-up': 20,
  'registry-writer → registry, write': 8,
  'commit-status → gitea': 40,
};
/** What could be taken for an answer there, or leaves a write in doubt. */
const treacherous: Partial<Record<Link, readonly CallFault[]>> = {
  'parse → gitea, tree': ['short list', 404],
  'parse → gitea, contents': [404, 'cut short'],
  'registry-writer → registry, look-up': [404, 'short list'],
  'registry-writer → registry, write': ['time-out after', 'late effect', '502 after', 'malformed after', 404],
};
const faultsOn = (link: Link, among: readonly CallFault[]): fc.Arbitrary<CallFault> => {
  const chosen = (treacherous[link] ?? among).filter((one) => among.includes(one));
  return fc.oneof(fc.constantFrom(...among), fc.constantFrom(...chosen));
};
/** Gitea tries a webhook once, so what fails there is its fate. The kinds of calls that matter most come more often. */
const failing: Link[] = [...links.slice(1), 'registry-writer → registry, write', 'registry-writer → registry, write'];
const faultOf = (among: readonly CallFault[]) =>
  fc
    .constantFrom(...failing)
    .chain((link) =>
      fc.record({ link: fc.constant(link), nth: fc.nat(many[link] ?? 12), fault: faultsOn(link, among) }),
    );
export const faults = few(faultOf(callFaults), 8);
export const passingFaults = few(faultOf(passing), 6);

/** How many calls a process makes in most histories. */
const calls: Partial<Record<ProcessName, number>> = { 'gitea-source': 8, broker: 25 };
export const deathOf = (among: readonly ProcessName[]): fc.Arbitrary<Death> =>
  fc.constantFrom(...among).chain((process) =>
    fc.record({
      process: fc.constant(process),
      nth: fc.nat(calls[process] ?? 40),
      when: fc.constantFrom('before', 'after'),
      down: fc.integer({ min: 500, max: 30_000 }),
    }),
  );

const outagesOf = (among: readonly Outage['of'][]): fc.Arbitrary<Outage[]> =>
  few(
    fc.record({
      of: fc.constantFrom(...among),
      at: fc.integer({ min: 60_000, max: 160_000 }),
      lasts: fc.integer({ min: 1_000, max: 120_000 }),
    }),
    1,
  );
export const outages = outagesOf(['gitea', 'slow gitea', 'broker', 'database', 'stalled database', 'registry']);
/** Those that take nothing away. */
export const harmlessOutages = outagesOf(['slow gitea']);
