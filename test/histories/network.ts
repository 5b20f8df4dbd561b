// The wires between processes, in memory: pauses on the way, faults that were ordered, time limits, and processes that are
// not there. Carries requests whole and knows none of them.
import type { Course } from './course.ts';
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
}

export function createNetwork(course: Course<Scheduler>): Network {
  const { history, time: scheduler, coverage } = course;
  const counts = new Map<Link, number>();
  const faults = new Map(history.faults.map(({ link, nth, fault }) => [`${link} ${nth}`, fault]));
  return { call };

  function next(link: Link): { nth: number; fault: CallFault | undefined } {
    const nth = counts.get(link) ?? 0;
    counts.set(link, nth + 1);
    return { nth, fault: course.healed ? undefined : faults.get(`${link} ${nth}`) };
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

      const { arrives, gives } = effectOf(failure);
      const answered = (answer: Answer) => {
        if (gives === 'reset' || gives === 'cut off') fail(gives);
        else if (gives !== 'time-out') succeed(gives(answer));
      };
      scheduler.after(travel(), () => {
        if (arrives === 'never') return answered(nothing);
        if (arrives === 'in time') return arrive(answered);
        scheduler.after(timeoutMs + scheduler.between(10, 40_000), () => {
          info.late = true;
          arrive(answered);
        });
      });
    });
  }
}

/** What a fault does to a call: whether it takes effect, and what its caller gets then. */
interface Effect {
  arrives: 'in time' | 'late' | 'never';
  gives: 'time-out' | 'reset' | 'cut off' | ((answer: Answer) => Answer);
}

const malformed = (): Answer => ({
  status: 200,
  headers: { 'content-type': 'text/html' },
  body: Buffer.from('<html>Sign in</html>'),
});

/** A gateway's own answer: plain text, no `Date` that means anything. */
const fromProxy = (status: number) => (): Answer => ({
  status,
  headers: { 'content-type': 'text/plain' },
  body: Buffer.from(`status ${status}\n`),
});

const effects: Record<Exclude<CallFault, number>, Effect> = {
  'time-out before': { arrives: 'never', gives: 'time-out' },
  'time-out after': { arrives: 'in time', gives: 'time-out' },
  'late effect': { arrives: 'late', gives: 'time-out' },
  'reset before': { arrives: 'never', gives: 'reset' },
  'reset after': { arrives: 'in time', gives: 'reset' },
  '502 after': { arrives: 'in time', gives: fromProxy(502) },
  malformed: { arrives: 'never', gives: malformed },
  'malformed after': { arrives: 'in time', gives: malformed },
  'cut off': { arrives: 'in time', gives: 'cut off' },
  'cut short': {
    arrives: 'in time',
    gives: (answer) => ({ ...answer, body: answer.body.subarray(0, Math.floor(answer.body.length / 2)) }),
  },
  'short list': { arrives: 'in time', gives: shortenedList },
  slow: { arrives: 'in time', gives: (answer) => answer },
};

export function effectOf(fault: CallFault | undefined): Effect {
  return typeof fault === 'number' ? { arrives: 'never', gives: fromProxy(fault) } : effects[fault ?? 'slow'];
}

export const nothing: Answer = { status: 202, headers: {}, body: Buffer.alloc(0) };

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

/** The first list of a JSON answer without its second half; an answer without a list stays as it is. */
function shortenedList(answer: Answer): Answer {
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

function shortUrl(url: string): string {
  const at = url.indexOf('/api/');
  return at < 0 ? url : url.slice(url.indexOf('/', at + 5));
}
