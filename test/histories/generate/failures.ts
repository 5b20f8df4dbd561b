// Draws what becomes of deliveries and events, and what fails.
import fc from 'fast-check';
import {
  type CallFault,
  callFaults,
  type Death,
  type EventFate,
  eventFates,
  type Fate,
  fates,
  type History,
  type Link,
  links,
  type Outage,
  outageKinds,
  type ProcessName,
  processes,
} from '../history.ts';
import { few } from './pick.ts';

type Failures = Pick<History, 'fates' | 'eventFates' | 'faults' | 'deaths' | 'outages'>;

const fatesOf = (among: readonly Fate[]) => few(fc.record({ nth: fc.nat(12), fate: fc.constantFrom(...among) }), 5);
const eventFatesOf = (among: readonly EventFate[]) =>
  few(fc.record({ nth: fc.nat(25), fate: fc.constantFrom(...among) }), 5);

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

/** How many calls a process makes in most histories. */
const calls: Partial<Record<ProcessName, number>> = { 'gitea-source': 8, broker: 25 };
const deathOf = (among: readonly ProcessName[]): fc.Arbitrary<Death> =>
  fc.constantFrom(...among).chain((process) =>
    fc.record({
      process: fc.constant(process),
      nth: fc.nat(calls[process] ?? 40),
      when: fc.constantFrom('before', 'after'),
      down: fc.integer({ min: 500, max: 30_000 }),
    }),
  );

const outagesOf = (among: readonly Outage['of'][]) =>
  few(
    fc.record({
      of: fc.constantFrom(...among),
      at: fc.integer({ min: 60_000, max: 160_000 }),
      lasts: fc.integer({ min: 1_000, max: 120_000 }),
    }),
    1,
  );

type Drawn = { [Key in keyof Failures]: fc.Arbitrary<Failures[Key]> };

export const anyFailures: Drawn = {
  fates: fatesOf(fates),
  eventFates: eventFatesOf(eventFates),
  faults: few(faultOf(callFaults), 8),
  deaths: few(deathOf(processes), 2),
  outages: outagesOf(outageKinds),
};

/** Those that take nothing away: senders try again, and no write of ours takes effect late. */
export const passingFailures: Drawn = {
  fates: fatesOf(['doubled', 'replayed', 'late', 'shortened']),
  eventFates: eventFatesOf(['doubled', 'replayed', 'late']),
  faults: few(faultOf(callFaults.filter((one) => one !== 'late effect' && one !== 'malformed')), 6),
  deaths: few(deathOf(['parse', 'registry-writer', 'commit-status']), 1),
  outages: outagesOf(['slow gitea']),
};

/** For two repositories: one death at most, and no outage. */
export const fewerFailures = {
  ...anyFailures,
  deaths: few(deathOf(processes), 1),
  outages: fc.constant<Outage[]>([]),
};
