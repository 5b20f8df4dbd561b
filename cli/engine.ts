// Runs the functions in this process: they hand events to each other in memory, and everything they do is recorded. With `dryRun`
// nothing is written, and what follows a write goes on as if it had been. Of several registries each has its writer.
import { CloudEvent } from 'cloudevents';
import type { RegistryUpdate } from '../events/registry-updated.ts';
import * as registryUpdated from '../events/registry-updated.ts';
import { openForge } from '../forges/index.ts';
import { type Answer, accepted, refusal } from '../functions/answer.ts';
import { createChain, type Link } from '../functions/chain.ts';
import { type EventFunction, eventHandler, type Handler } from '../functions/function.ts';
import { createGiteaSource } from '../functions/gitea-source/function.ts';
import { createParse } from '../functions/parse/function.ts';
import { createRegistryWriter } from '../functions/registry-writer/function.ts';
import { eachRegistry, type OwnSettings, type SettingsOf } from '../functions/settings.ts';
import { functions } from '../functions/table.ts';
import type { Http, HttpRequest, Io } from '../io/io.ts';
import { createLanes } from '../io/keyed-lock.ts';
import { openDryRun, openRegistry } from '../registries/index.ts';
import type { Write } from '../registries/registry.ts';
import type { LogLine, Shell } from './shell.ts';

/** One write that was sent to the registry, or would be. */
export interface Call {
  method: HttpRequest['method'];
  url: string;
  /** Parsed JSON. */
  body: unknown;
}

export interface Engine {
  /** Hands an event to the functions that take its type; false if none does. Attributes are text. */
  post(event: CloudEvent<unknown>): Promise<boolean>;
  /** Hands a webhook to gitea-source, and resolves with its answer. Header names in lower case. */
  webhook(headers: Readonly<Record<string, string>>, body: Buffer): Promise<Answer>;
  /** Resolves when everything that follows is done. */
  idle(): Promise<void>;
  /** From now on the first Ctrl-C only keeps it from beginning anything more. `doing`: completes "Finishing …". */
  finishAtInterrupt(doing: string): void;
  isInterrupted(): boolean;
  /** In the order in which they were begun. */
  calls: Call[];
  /** What registry-writer reports. */
  updates: RegistryUpdate[];
  /** Log lines of the functions. */
  lines: LogLine[];
}

/** Events that registry-writer handles at the same time; in a cluster the platform limits that. */
const eventsAtOnce = 8;

/** `retry`: what fails is repeated as the Trigger of registry-writer does. */
export function createEngine(
  shell: Shell,
  settings: SettingsOf<'parse' | 'registry-writer'> & Partial<SettingsOf<'gitea-source'>>,
  { dryRun, retry }: { dryRun: boolean; retry?: boolean | undefined },
): Engine {
  const { parse: git, giteaSource } = settings;
  const calls: Call[] = [];
  const updates: RegistryUpdate[] = [];
  const lines: LogLine[] = [];
  const io: Io = { ...shell.io, log: (level, message, fields = {}) => void lines.push({ level, message, fields }) };
  let interrupted = false;

  const record = ({ method, url, body }: Write) =>
    void calls.push({ method, url, body: body === undefined ? undefined : JSON.parse(String(body)) });
  const open = (target: OwnSettings['registryWriter']) =>
    dryRun ? openDryRun(target, io, record) : openRegistry(target, { ...io, api: recordWrites(io.api, record) });

  // The command reports it; no event is needed for that.
  const deadLetter: Handler = {
    async handle() {
      lines.push({ level: 'error', message: 'event lost', fields: {} });
      return accepted();
    },
  };
  const links: Link[] = [];
  const chain = createChain(links, () => deadLetter, io, retry ? functions['registry-writer'].trigger.retries : 0);
  const inLane = createLanes(eventsAtOnce);
  const add = (fn: EventFunction, through: <T>(work: () => Promise<T>) => Promise<T>) => {
    const { handle } = eventHandler(fn, io);
    links.push({
      name: fn.name,
      takes: fn.takes,
      handler: {
        handle: (context, event) =>
          through(async () => {
            if (interrupted) return refusal(503, 'Interrupted before it began.');
            const answer = await handle(context, event);
            if (answer instanceof CloudEvent && answer.type === registryUpdated.type)
              updates.push(answer.data as RegistryUpdate);
            return answer;
          }),
      },
    });
  };
  // parse limits itself, so that it never waits for its own events here.
  add(createParse(settings, io, openForge(git, io), chain.deliver), (work) => work());
  for (const own of eachRegistry(settings)) add(createRegistryWriter(own, io, open(own.registryWriter)), inLane);
  const source = giteaSource && createGiteaSource({ ...settings, giteaSource }, io, chain.deliver);

  return {
    async post(event) {
      if (!links.some(({ takes }) => takes.includes(event.type))) return false;
      await chain.deliver(event);
      return true;
    },
    async webhook(headers, body) {
      if (source === undefined) throw new Error('the engine was started without settings of gitea-source');
      return (await source.handle({ method: 'POST', headers, rawBody: body })) as Answer;
    },
    idle: () => chain.idle(),
    finishAtInterrupt(doing) {
      shell.onInterrupt = () => {
        interrupted = true;
        shell.note(`Finishing ${doing}; Ctrl-C again ends at once.`);
        // Ends the pauses before further attempts.
        void chain.close(0);
      };
    },
    isInterrupted: () => interrupted,
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
