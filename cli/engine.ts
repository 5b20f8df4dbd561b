// The functions themselves in this process, handing events to each other in memory, with everything they do on record. With
// `dryRun` nothing is written: their writes are answered as if they had been.
import { CloudEvent } from 'cloudevents';
import type { RegistryUpdate } from '../events/registry-updated.ts';
import * as registryUpdated from '../events/registry-updated.ts';
import { openForge } from '../forges/index.ts';
import { type Answer, accepted, refusal } from '../functions/answer.ts';
import { createChain } from '../functions/chain.ts';
import { type EventFunction, eventHandler, type Handler } from '../functions/function.ts';
import { createGiteaSource } from '../functions/gitea-source/function.ts';
import { createParse } from '../functions/parse/function.ts';
import { createRegistryWriter } from '../functions/registry-writer/function.ts';
import type { SettingsOf } from '../functions/settings.ts';
import type { Http, HttpRequest, Io } from '../io/io.ts';
import { openDryRun, openRegistry } from '../registries/index.ts';
import type { Write } from '../registries/registry.ts';
import type { LogLine, Shell } from './shell.ts';

/** One write as it went, or would go, to a server. */
export interface Call {
  method: HttpRequest['method'];
  url: string;
  /** Parsed JSON. */
  body: unknown;
}

export interface EngineOptions {
  dryRun: boolean;
  /** Attempts after the first, with the pauses of a Trigger. */
  retries: number;
}

export interface Engine {
  /** Hands an event to the functions that take its type; false when none does. Attributes are text. */
  post(event: CloudEvent<unknown>): Promise<boolean>;
  /** A webhook as it came: what gitea-source answered. Header names in lower case. */
  webhook(headers: Readonly<Record<string, string>>, body: Buffer): Promise<Answer>;
  /** Resolves when all that follows is done. */
  idle(): Promise<void>;
  /** Begins nothing more. */
  stop(): void;
  /** Writes in the order they were begun. */
  calls: Call[];
  /** What registry-writer says it did. */
  updates: RegistryUpdate[];
  /** Log lines of the functions. */
  lines: LogLine[];
}

/** Models written side by side: in a cluster the platform bounds that. */
const eventsAtOnce = 8;

export function createEngine(
  shell: Shell,
  settings: SettingsOf<'parse' | 'registry-writer'> & Partial<SettingsOf<'gitea-source'>>,
  { dryRun, retries }: EngineOptions,
): Engine {
  const { parse: git, registryWriter: target, giteaSource } = settings;
  const calls: Call[] = [];
  const updates: RegistryUpdate[] = [];
  const lines: LogLine[] = [];
  const io: Io = { ...shell.io, log: (level, message, fields = {}) => void lines.push({ level, message, fields }) };
  let stopped = false;

  const record = ({ method, url, body }: Write) =>
    void calls.push({ method, url, body: body === undefined ? undefined : JSON.parse(String(body)) });
  const registry = dryRun
    ? openDryRun(target, io, record)
    : openRegistry(target, { ...io, api: recordWrites(io.api, record) });

  // Nobody but who sits in front of it has to know.
  const deadLetter: Handler = {
    async handle() {
      lines.push({ level: 'error', message: 'event lost', fields: {} });
      return accepted();
    },
  };
  const links: { name: string; types: readonly string[]; handler: Handler }[] = [];
  const chain = createChain(links, () => deadLetter, io, retries);
  const gate = createGate(eventsAtOnce);
  const add = (fn: EventFunction, through: <T>(work: () => Promise<T>) => Promise<T>) => {
    const { handle } = eventHandler(fn, io);
    links.push({
      name: fn.name,
      types: fn.types,
      handler: {
        handle: (context, event) =>
          through(async () => {
            if (stopped) return refusal(503, 'Interrupted before it began.');
            const answer = await handle(context, event);
            if (answer instanceof CloudEvent && answer.type === registryUpdated.type)
              updates.push(answer.data as RegistryUpdate);
            return answer;
          }),
      },
    });
  };
  // parse bounds itself, and waits for nobody: in memory all is taken at once.
  add(createParse(settings, io, openForge(git, io), chain.deliver), (work) => work());
  add(createRegistryWriter(settings, io, registry), gate);
  const source = giteaSource && createGiteaSource({ ...settings, giteaSource }, io, chain.deliver);

  return {
    async post(event) {
      if (!links.some(({ types }) => types.includes(event.type))) return false;
      await chain.deliver(event);
      return true;
    },
    async webhook(headers, body) {
      if (source === undefined) throw new Error('the engine was started without settings of gitea-source');
      return (await source.handle({ method: 'POST', headers, rawBody: body })) as Answer;
    },
    idle: () => chain.idle(),
    stop() {
      stopped = true;
      // Ends pauses before further attempts.
      void chain.close(0);
    },
    calls,
    updates,
    lines,
  };
}

function recordWrites(http: Http, record: (write: Write) => void): Http {
  return (request) => {
    if (request.method !== 'GET') record(request);
    return http(request);
  };
}

function createGate(bound: number): <T>(work: () => Promise<T>) => Promise<T> {
  let free = bound;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (free > 0) free--;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else free++;
    }
  };
}
