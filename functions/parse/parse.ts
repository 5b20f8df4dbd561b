// What parse does with each kind of event: a push, a ping and a drift say where to look; the head of the branch says what is
// true. Rules are in promotions/, the way through Git in read-head.ts.
import type { CloudEvent } from 'cloudevents';
import { limits } from '../../config/limits.ts';
import type { Settings } from '../../config/settings.ts';
import { TryAgainError } from '../../events/errors.ts';
import * as giteaWebhook from '../../events/gitea-webhook.ts';
import * as ping from '../../events/ping.ts';
import * as registryDrifted from '../../events/registry-drifted.ts';
import { sign } from '../../events/signature.ts';
import type { Forge, Push } from '../../forges/forge.ts';
import { readPush } from '../../forges/gitea/push.ts';
import type { Io } from '../../io/io.ts';
import { createKeyedLock } from '../../io/keyed-lock.ts';
import { changedModels } from '../../promotions/changed-models.ts';
import type { Drift } from '../../promotions/promotion.ts';
import { type Deliver, toSink } from '../deliver.ts';
import type { EventFunction, Result, Scope } from '../function.ts';
import { handOn } from './hand-on.ts';
import { isOther } from './other-repository.ts';
import { createHeadReader, type HeadReading, type NothingToDo, type Wanted } from './read-head.ts';
import { type Due, reportEnvironments, reportModels } from './report.ts';
import { untilDeadline } from './time-limit.ts';

/** A branch that moves more often than this while its heads are handed on is left to the sender's next attempt. */
const maxRounds = 4;

/** ms into an attempt in which a further round still fits: reading and handing on take the rest at most. */
const roundsWithin = limits.parseAttempt - limits.parseReading - limits.parseHandOn;

type Request = { kind: 'push'; push: Push } | { kind: 'ping' } | { kind: 'drift'; drift: Drift };

/** `deliver` takes the place of K_SINK where all functions are one process. With neither, the events are the answer. */
export function createParse(
  settings: Settings,
  io: Io,
  forge: Forge,
  deliver: Deliver | undefined = toSink(settings, io, limits.parseHandOn),
): EventFunction {
  const { parse } = settings;
  if (parse === undefined) throw new Error('parse was started without its settings');
  const readHead = createHeadReader(parse, io);
  const lock = createKeyedLock();
  let known: Pick<HeadReading, 'repository' | 'repositoryId' | 'formerly'> | undefined;

  return {
    name: 'parse',
    types: [giteaWebhook.type, ping.type, registryDrifted.type],
    async on(event, scope) {
      const request = requestOf(event);
      const nothing = request.kind === 'push' ? nothingToDo(request.push) : undefined;
      if (nothing !== undefined) return { outcome: 'ignored', reason: nothing };
      const start = io.clock.monotonic();
      for (let round = 1; ; round++) {
        const read = await readOneHead(request, event, scope);
        if ('nothing' in read) return { outcome: 'ignored', reason: read.nothing };
        const { head, branch, events } = read;
        if (deliver) await handOn(events, deliver);
        if ((await forge.head(branch)) === head) return ending(head, events, deliver !== undefined);
        if (round === maxRounds || io.clock.monotonic() - start > roundsWithin)
          throw new TryAgainError(`branch ${branch} moved on from ${head}; its new head has to be read`);
        scope.log('info', 'the branch moved on meanwhile, reading again', { head });
      }
    },
  };

  /** What can be told without asking Git. */
  function nothingToDo(push: Push): string | undefined {
    const { ref, after } = push;
    const { repository, branch } = parse!;
    if (isOther(push, repository, known)) return `about another repository than ${repository}`;
    if (!ref.startsWith('refs/heads/')) return `about ${ref}, which is no branch`;
    if (branch !== undefined && ref !== `refs/heads/${branch}`) return `about ${ref}, not the watched branch ${branch}`;
    return /^0+$/.test(after) ? `about the deletion of ${ref}` : undefined;
  }

  /** The lock covers the reading, never the handing on: a synchronous broker would come back to this process and wait for itself. */
  function readOneHead(
    request: Request,
    event: CloudEvent<unknown>,
    { log, traceparent }: Scope,
  ): Promise<{ head: string; branch: string; events: CloudEvent<unknown>[] } | NothingToDo> {
    // Waiting for other heads counts, else a slow Git would pile up work whose senders have long gone.
    const limited = untilDeadline(forge, io.clock, io.clock.monotonic() + limits.parseReading);
    return lock('head', async () => {
      const reading = await readHead(wantedFor(request), limited, log);
      if ('nothing' in reading) return reading;
      const { repository, repositoryId, formerly } = reading;
      known = { repository, repositoryId, formerly };
      const origin = { cause: { source: event.source, id: event.id }, traceparent };
      const { head, branch } = reading;
      if (request.kind === 'ping') return { head, branch, events: signed(reportEnvironments(reading, origin, parse!)) };
      const due = request.kind === 'push' ? changedIn(reading) : namedIn(request.drift, reading);
      if ('nothing' in due) return due;
      const about =
        request.kind === 'push'
          ? ({ cause: 'push', push: request.push, origin } as const)
          : ({ cause: 'reconcile', origin } as const);
      return { head, branch, events: signed(await reportModels(reading, due, about, limited, parse!)) };
    });
  }

  function signed(events: CloudEvent<unknown>[]): CloudEvent<unknown>[] {
    const key = settings.eventSigningKey();
    return key === undefined ? events : events.map((event) => sign(event, key));
  }
}

function requestOf(event: CloudEvent<unknown>): Request {
  if (event.type === ping.type) return { kind: 'ping' };
  if (event.type === registryDrifted.type) return { kind: 'drift', drift: registryDrifted.read(event) };
  return { kind: 'push', push: readPush(event.data) };
}

function wantedFor(request: Request): Wanted {
  switch (request.kind) {
    case 'push': {
      const { repository, repositoryId, ref, before } = request.push;
      return { repository, repositoryId, ref, before, reconcile: false };
    }
    case 'drift':
      return { repository: request.drift.repository, reconcile: true };
    case 'ping':
      return { reconcile: true };
  }
}

function changedIn({ environments }: HeadReading): Due[] {
  return [...environments].flatMap(([environment, { before, now }]) =>
    changedModels(before, now).map((model) => ({ environment, model })),
  );
}

function namedIn({ environment, models }: Drift, { environments }: HeadReading): Due[] | NothingToDo {
  if (!environments.has(environment)) return { nothing: `about environment ${environment}, which is not watched` };
  return models.map(({ model }) => ({ environment, model }));
}

function ending(head: string, events: CloudEvent<unknown>[], handedOn: boolean): Result {
  const reason = `${events.length} events for head ${head}`;
  if (handedOn || events.length === 0) return { outcome: 'done', reason };
  const [reply] = events;
  return events.length === 1 ? { outcome: 'done', reason, reply } : { outcome: 'done', reason, batch: events };
}
