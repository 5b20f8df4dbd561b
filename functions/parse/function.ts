// What parse does with each kind of event: a push, a merged pull request, a ping and a drift say where to look; the head of the branch
// says what is true. Rules are in promotions/, the way through Git in read-head.ts.

import type { CloudEvent } from 'cloudevents';
import { limits } from '../../config/limits.ts';
import { TryAgainError } from '../../events/errors.ts';
import * as giteaPullRequest from '../../events/gitea-pull-request.ts';
import type { Origin } from '../../events/make-event.ts';
import * as ping from '../../events/ping.ts';
import * as registryDrifted from '../../events/registry-drifted.ts';
import { checkSignature, signWhere } from '../../events/signature.ts';
import type { Forge, Merge, Push } from '../../forges/forge.ts';
import { forgeOf } from '../../forges/index.ts';
import type { Clock, Io, Log } from '../../io/io.ts';
import { createTurns } from '../../io/turns.ts';
import { changedModels } from '../../promotions/changed-models.ts';
import type { Drift } from '../../promotions/promotion.ts';
import { checkSink, type Deliver, toSink } from '../deliver.ts';
import type { EventFunction, Result, Scope } from '../function.ts';
import { handOn } from '../hand-on.ts';
import type { OwnSettings, SettingsOf } from '../settings.ts';
import { functions } from '../table.ts';
import { type Due, environmentEvents, modelEvents, warningEvents } from './make-events.ts';
import type { PushedBy } from './provenance.ts';
import {
  aboutAnotherBranch,
  aboutAnotherRepository,
  type HeadReading,
  isOther,
  type NothingToDo,
  type Wanted,
} from './read-head.ts';
import { createReadings, type Reading } from './share-reading.ts';
import { createTellOnce, type Told } from './tell-once.ts';

/** When the branch moves more often than this while its heads are handed on, the sender's next attempt reads on. */
const maxRounds = 4;

const { trigger } = functions.parse;
/** A further round may begin this many ms after the attempt did: one whole round (wait, read, hand on, look again) still fits into the attempt. */
const roundsWithin = trigger.attempt - 2 * limits.parseReading - limits.parseHandOn - 2 * limits.forgeCall;

/** Events of one reading that are worked on at once. */
const atOnce = 4;
/** Events that wait for the next reading; all pings that wait count as one. */
const mostWaiting = 500;

/** What an event asks for. A ping tells of no move of the branch and no drift. */
interface Request {
  wanted: Wanted;
  move?: Push | Merge;
  drift?: Drift;
}

/** `other`: what the other event of the same merge has reported. */
type Task = Request & { other: Told | undefined };

/** As the repository was called when it was read last. */
type Identity = Pick<HeadReading, 'repository' | 'repositoryId' | 'formerly'>;

/** What there is to report about a head because of an event. */
interface Report {
  head: string;
  branch: string;
  events: CloudEvent<unknown>[];
  told: Told;
  /** Hands the events on and looks once more. True: the branch is still at this head. */
  send(): Promise<boolean>;
}

/** `deliver` takes the place of K_SINK where all functions are one process. With neither, the events are the answer. */
export function createParse(
  settings: SettingsOf<'parse'>,
  io: Io,
  forge: Forge,
  deliver: Deliver | undefined = toSink(settings, io, limits.parseHandOn),
): EventFunction {
  const { parse } = settings;
  const line = { clock: io.clock, atOnce, most: mostWaiting, tooLate, tooMany };
  const joinReading = createTurns(createReadings(parse, forge, io.clock), { ...line, limit: limits.parseReading });
  const joinLook = createTurns(() => forge, { ...line, limit: limits.forgeCall });
  const tellOnce = createTellOnce(io.clock);
  let arrivals = 0;
  const moves = new Set<number>();
  let known: Identity | undefined;

  return {
    name: 'parse',
    takes: functions.parse.takes,
    async on(event, scope) {
      // What a drift names may become a withdrawal, and a push says who pushed and what was before. A ping says nothing, and
      // its senders (PingSource, func invoke) cannot sign.
      if (event.type !== ping.type) checkSignature(event, settings.eventSigningKey());
      if (!deliver) checkSink(settings);
      const request = requestOf(event, parse);
      if ('nothing' in request) return { outcome: 'ignored', reason: request.nothing };
      const { move } = request;
      const nothing = move && nothingToDo(move, parse, known);
      if (nothing !== undefined) return { outcome: 'ignored', reason: nothing };
      const arrival = ++arrivals;
      if (move) moves.add(arrival);
      const start = io.clock.monotonic();
      const isOvertaken = () => [...moves].some((other) => other > arrival);
      const tell = (other?: Told) => {
        const read = () => readHead({ ...request, other }, event, scope);
        return reportHead(read, isOvertaken, start, io.clock, deliver, scope.log);
      };
      try {
        // Where the events are the answer, each caller gets its own.
        const { result } = await (move && deliver ? tellOnce(move, event.type, tell) : tell());
        return result;
      } finally {
        moves.delete(arrival);
      }
    },
  };

  /** A turn covers the reading, never the handing on: a synchronous broker would call this process again and wait for itself. */
  function readHead(task: Task, event: CloudEvent<unknown>, { log, traceparent }: Scope) {
    const origin = { cause: { source: event.source, id: event.id }, traceparent };
    // All pings ask the same, so all that wait together share what is handed on.
    const key = event.type === ping.type ? 'ping' : undefined;
    return joinReading((reading) => reportOf(task, reading, origin, log), key);
  }

  async function reportOf(
    task: Task,
    { read, forge: shared }: Reading,
    origin: Omit<Origin, 'time'>,
    log: Log,
  ): Promise<Report | NothingToDo> {
    const { wanted, move, drift } = task;
    const push = move && (await pushOf(move, shared));
    const reading = await read(push ? { ...wanted, before: push.before } : wanted, log);
    if ('nothing' in reading) return reading;
    const { repository, repositoryId, formerly, head, branch } = reading;
    known = { repository, repositoryId, formerly };
    const due = move ? changedIn(reading) : drift ? namedIn(drift, reading) : undefined;
    if (due !== undefined && 'nothing' in due) return due;
    const unsigned = await eventsOf(task, reading, due, { push, origin }, shared, parse);
    const key = settings.eventSigningKey();
    const events = unsigned.map((event) => signWhere(key, event));
    const send = async () => {
      if (deliver) await handOn(events, deliver);
      return (await joinLook(({ head: look }) => look(branch), branch)) === head;
    };
    let sent: Promise<boolean> | undefined;
    const told = { head, models: new Set(due?.map(subjectOf)) };
    return { head, branch, events, told, send: () => (sent ??= send()) };
  }
}

/**
 * Reports the head, and reads again while it moves. `isOvertaken`: a move that came later will read the new head. `start`: when the
 * attempt began, by the monotonic clock in ms.
 */
async function reportHead(
  read: () => Promise<Report | NothingToDo>,
  isOvertaken: () => boolean,
  start: number,
  clock: Clock,
  deliver: Deliver | undefined,
  log: Log,
): Promise<{ result: Result; told: Told }> {
  for (let round = 1; ; round++) {
    const report = await read();
    if ('nothing' in report)
      return { result: { outcome: 'ignored', reason: report.nothing }, told: { head: '', models: new Set() } };
    const { head, branch, told } = report;
    if ((await report.send()) || isOvertaken()) return { result: resultOf(report, deliver), told };
    if (round === maxRounds || clock.monotonic() - start > roundsWithin)
      throw new TryAgainError(`branch ${branch} moved on from ${head}; its new head has to be read`);
    log('info', 'the branch moved on meanwhile, reading again', { head });
  }
}

/** Why a move needs no reading of Git. */
function nothingToDo(
  move: Push | Merge,
  settings: OwnSettings['parse'],
  known: Identity | undefined,
): string | undefined {
  const { ref, after } = move;
  const { repository, branch } = settings;
  if (isOther(move, repository, known)) return aboutAnotherRepository(repository);
  if (!ref.startsWith('refs/heads/')) return `about ${ref}, which is no branch`;
  if (branch !== undefined && ref !== `refs/heads/${branch}`) return aboutAnotherBranch(ref, branch);
  return /^0+$/.test(after) ? `about the deletion of ${ref}` : undefined;
}

/** What is sent because of a reading, without what `other` has reported of the same head. `due` undefined: whole environments. */
async function eventsOf(
  { move, other }: Task,
  reading: HeadReading,
  due: readonly Due[] | undefined,
  { push, origin }: { push: PushedBy | undefined; origin: Omit<Origin, 'time'> },
  forge: Forge,
  settings: OwnSettings['parse'],
): Promise<CloudEvent<unknown>[]> {
  const isTold = other?.head === reading.head;
  const cause = move ? 'push' : 'reconcile';
  const fresh = due?.filter((one) => !isTold || !other.models.has(subjectOf(one)));
  const events: CloudEvent<unknown>[] =
    fresh === undefined
      ? environmentEvents(reading, origin, settings)
      : await modelEvents(reading, fresh, { cause, push, origin }, forge, settings);
  if (move && !isTold) events.push(...(await warningEvents(reading, origin, forge)));
  return events;
}

function resultOf({ head, events }: Report, deliver: Deliver | undefined): Result {
  const done = { outcome: 'done', reason: `${events.length} events for head ${head}` } as const;
  if (deliver || events.length === 0) return done;
  return events.length === 1 ? { ...done, reply: events[0]! } : { ...done, batch: events };
}

function tooLate(): TryAgainError {
  return new TryAgainError(
    'Git was not read within the time limit of one reading; it is slow, or many events are waiting',
  );
}

function tooMany(): TryAgainError {
  return new TryAgainError('more events are waiting for Git to be read than can be answered in time');
}

function requestOf(event: CloudEvent<unknown>, settings: OwnSettings['parse']): Request | NothingToDo {
  if (event.type === ping.type) return { wanted: { reconcile: true } };
  if (event.type === registryDrifted.type) {
    const drift = registryDrifted.read(event);
    const { repository, repositoryId } = drift;
    return { drift, wanted: { repository, repositoryId, reconcile: true } };
  }
  const forge = forgeOf(settings);
  if (event.type === giteaPullRequest.type) {
    const move = forge.readMerge(event.data);
    return move ? { move, wanted: wantedBy(move) } : { nothing: 'about a pull request that was not merged' };
  }
  const move = forge.readPush(event.data);
  return { move, wanted: wantedBy(move) };
}

function wantedBy({ repository, repositoryId, ref, before }: Push | Merge): Wanted {
  return { repository, repositoryId, ref, before, reconcile: false };
}

/** A merge is a push of whoever merged. Undefined when it is not known exactly what was before: then each file's history has to tell. */
async function pushOf(move: Push | Merge, forge: Forge): Promise<PushedBy | undefined> {
  if ('pusher' in move) return move;
  const before = await forge.beforeMerge(move);
  return before === undefined ? undefined : { before, after: move.after, pusher: {} };
}

function subjectOf({ environment, model }: Due): string {
  return `${environment}/${model}`;
}

function changedIn({ environments }: HeadReading): Due[] {
  return [...environments].flatMap(([environment, { before, now }]) =>
    changedModels(before, now).map((model) => ({ environment, model })),
  );
}

function namedIn({ environment, models }: Drift, { environments }: HeadReading): Due[] | NothingToDo {
  if (!environments.has(environment)) return { nothing: `about environment ${environment}, which is not watched` };
  return models.map(({ model, records }) => ({ environment, model, ...(records && { records }) }));
}
