// The wires between processes, in memory: pauses on the way, faults that were ordered, time limits, and processes that are
// not there. Carries requests whole and knows none of them.
import type { Coverage } from './coverage.ts';
import type { CallFault, Link } from './history.ts';
import type { Scheduler } from './scheduler.ts';

export interface Request {
  method: string;
  url: string;
  headers: Record<string, string>;
  body: Buffer;
}

export interface Answer {
  status: number;
  /** Names in lower case. */
  headers: Record<string, string>;
  body: Buffer;
}

/** How a call can end without a whole answer. */
export class NoAnswer extends Error {
  readonly kind: 'refused' | 'reset' | 'time-out' | 'cut off';
  constructor(kind: NoAnswer['kind']) {
    super(kind);
    this.kind = kind;
  }
}

export interface Server {
  name: string;
  /** Undefined: nobody listens. Otherwise takes the request; throws NoAnswer when its process ends meanwhile. */
  take: ((request: Request, call: CallInfo) => Promise<Answer>) | undefined;
}

/** What a server may know of who is asking: for the books, never for its answer. */
export interface CallInfo {
  link: Link | undefined;
  nth: number;
  sentAt: number;
  /** Tells one process from the one that took its place. */
  instance: number;
  /** The caller gave up before this arrived. */
  late: boolean;
  /** Aborted when the caller waits no longer. */
  gone: AbortSignal;
}

export interface Caller {
  instance: number;
  /** False: nobody waits for the answer any more. */
  alive(): boolean;
  /** What is to happen at its end. */
  atEnd: Set<() => void>;
}

export interface Network {
  /** Rejects with NoAnswer. Never settles when the caller is gone. */
  call(link: Link, caller: Caller, server: Server, request: Request, timeoutMs: number): Promise<Answer>;
  /** From now on all calls go through. */
  heal(): void;
}

export function createNetwork(
  scheduler: Scheduler,
  ordered: readonly { link: Link; nth: number; fault: CallFault }[],
  coverage: Coverage,
): Network {
  const counts = new Map<Link, number>();
  const faults = new Map(ordered.map(({ link, nth, fault }) => [`${link} ${nth}`, fault]));
  let healed = false;

  function next(link: Link): { nth: number; fault: CallFault | undefined } {
    const nth = counts.get(link) ?? 0;
    counts.set(link, nth + 1);
    return { nth, fault: healed ? undefined : faults.get(`${link} ${nth}`) };
  }

  function call(link: Link, caller: Caller, server: Server, request: Request, timeoutMs: number): Promise<Answer> {
    const { nth, fault } = next(link);
    const isWrite = request.method !== 'GET' && link === 'registry-writer → registry';
    // Some kinds of calls are few among those of their link, so they are counted, and failed, on their own as well.
    const special = kindOf(link, request);
    const failure = fault ?? (special && next(special).fault);
    const what = `${link} #${nth} ${request.method} ${shortUrl(request.url)}`;
    if (failure !== undefined) {
      scheduler.note(`${what}: ${failure}`);
      coverage.count(`fault ${failure}`);
      if (isWrite) coverage.count(`fault on a write: ${failure}`);
    }
    // Few servers ask whether their caller is still there, so a signal is made for those alone.
    let gone: AbortController | undefined;
    let hasLeft = false;
    const leave = () => {
      hasLeft = true;
      gone?.abort(wentAway);
    };
    caller.atEnd.add(leave);
    const info: CallInfo = {
      link,
      nth,
      sentAt: scheduler.now,
      instance: caller.instance,
      late: false,
      get gone() {
        gone ??= new AbortController();
        if (hasLeft) gone.abort(wentAway);
        return gone.signal;
      },
    };

    return new Promise((resolve, reject) => {
      let done = false;
      const end = (settle: () => void, how: string) => {
        if (done) return;
        done = true;
        cancel();
        caller.atEnd.delete(leave);
        leave();
        if (!caller.alive()) return;
        scheduler.note(`${what} = ${how}`);
        settle();
      };
      const fail = (kind: NoAnswer['kind']) => end(() => reject(new NoAnswer(kind)), kind);
      const succeed = (answer: Answer) => end(() => resolve(answer), String(answer.status));
      const cancel = scheduler.after(timeoutMs, () => fail('time-out'));
      const travel = () => scheduler.between(1, failure === 'slow' ? Math.min(timeoutMs - 500, 3_500) : 40);
      const arrive = (then: (answer: Answer) => void) => {
        if (server.take === undefined) return void scheduler.after(travel(), () => fail('refused'));
        server.take(request, info).then(
          (answer) => scheduler.after(travel(), () => then(answer)),
          (error: unknown) => {
            // Who waits no longer hears nothing of how it ended.
            if (done || !caller.alive()) return;
            if (!(error instanceof NoAnswer)) throw error;
            scheduler.after(travel(), () => fail(error.kind));
          },
        );
      };

      scheduler.after(travel(), () => {
        switch (failure) {
          case 'time-out before':
            return;
          case 'time-out after':
            return arrive(() => {});
          case 'late effect':
            return void scheduler.after(timeoutMs + scheduler.between(10, 40_000), () => {
              info.late = true;
              arrive(() => {});
            });
          case 'reset before':
            return fail('reset');
          case 'reset after':
            return arrive(() => fail('reset'));
          case 'cut off':
            return arrive(() => fail('cut off'));
          case '502 after':
            return arrive(() => succeed(fromProxy(502)));
          case 'malformed':
            return succeed(malformed);
          case 'malformed after':
            return arrive(() => succeed(malformed));
          case 'cut short':
            return arrive((answer) =>
              succeed({ ...answer, body: answer.body.subarray(0, Math.floor(answer.body.length / 2)) }),
            );
          case 'short list':
            return arrive((answer) => succeed(shortenedList(answer)));
          case undefined:
          case 'slow':
            return arrive(succeed);
          default:
            return succeed(fromProxy(failure));
        }
      });
    });
  }

  return {
    call,
    heal() {
      healed = true;
    },
  };
}

export function kindOf(link: Link, { method, url }: Request): Link | undefined {
  if (link === 'parse → gitea') {
    if (url.includes('/git/trees/')) return 'parse → gitea, tree';
    return /\/(raw|file-contents)\b/.test(url) ? 'parse → gitea, contents' : undefined;
  }
  if (link !== 'registry-writer → registry') return undefined;
  if (method !== 'GET') return 'registry-writer → registry, write';
  return /[?&]name=|name%20%3D/.test(url) ? 'registry-writer → registry, look-up' : undefined;
}

const wentAway = new Error('the producer went away');

export const malformed: Answer = {
  status: 200,
  headers: { 'content-type': 'text/html' },
  body: Buffer.from('<html>Sign in</html>'),
};

/** The first list of a JSON answer without its second half; an answer without a list stays as it is. */
export function shortenedList(answer: Answer): Answer {
  // A page of a server's list may end early; an event in an answer is a body that arrives whole or not at all.
  if (answer.headers['ce-type'] !== undefined) return answer;
  let content: unknown;
  try {
    content = JSON.parse(answer.body.toString('utf8'));
  } catch {
    return answer;
  }
  const half = (list: unknown[]) => list.slice(0, Math.floor(list.length / 2));
  if (Array.isArray(content)) return { ...answer, body: Buffer.from(JSON.stringify(half(content))) };
  if (typeof content !== 'object' || content === null) return answer;
  const entry = Object.entries(content).find(([, value]) => Array.isArray(value));
  if (entry === undefined) return answer;
  return { ...answer, body: Buffer.from(JSON.stringify({ ...content, [entry[0]]: half(entry[1] as unknown[]) })) };
}

/** A gateway's own answer: plain text, no `Date` that means anything. */
export function fromProxy(status: number): Answer {
  return { status, headers: { 'content-type': 'text/plain' }, body: Buffer.from(`status ${status}\n`) };
}

function shortUrl(url: string): string {
  const at = url.indexOf('/api/');
  return at < 0 ? url : url.slice(url.indexOf('/', at + 5));
}
