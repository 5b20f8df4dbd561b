// All functions in one process (FUNCTION_TARGET unset): signed webhooks on PORT, CloudEvents on EVENTS_PORT (on the same port:
// one-port.ts). Without K_SINK the functions hand events to each other in memory (chain.ts). The only process that knows more than one secret.
import { CloudEvent } from 'cloudevents';
import { drainTime } from '../host/drain-time.ts';
import type { FunctionModule } from '../host/function-module.ts';
import { type Host, serve } from '../host/server.ts';
import type { Io } from '../io/io.ts';
import { type Answer, accepted, refusal } from './answer.ts';
import { type Chain, createChain, type Link } from './chain.ts';
import type { Context, Create, Handler } from './function.ts';
import { onOnePort } from './one-port.ts';
import { requestTimeoutMs } from './run.ts';
import { type AllSettings, eachRegistry } from './settings.ts';
import { type FunctionName, functions, isOn, rows, writerName } from './table.ts';

/** Events come from this machine only, unless EVENTS_PORT is set: whoever may post here can make parse read Git. */
const eventsHost = '127.0.0.1';
const eventsPort = 8081;

/** What each function's folder exports; build.mjs collects them, so that a bundle of one function holds no other. */
export type Creators = { readonly [N in FunctionName]: Create<N> };

/** Listens on both ports, or on the one that both are. */
export async function serveAll(creators: Creators, settings: AllSettings, io: Io): Promise<readonly Host[]> {
  const links: Link[] = [];
  const chain: Chain | undefined = settings.sink === undefined ? createChain(links, () => deadLetter, io) : undefined;
  // Each is given more settings than it reads; one that is off is never created.
  const create = (name: FunctionName, own = settings): Handler =>
    (creators[name] as Create<never>)(own as never, io, chain?.deliver);
  const deadLetter: Handler = create('dead-letter');
  for (const row of rows) {
    if (!row.trigger || !isOn(row, process.env)) continue;
    if (row.name !== 'registry-writer') links.push({ ...row, handler: create(row.name) });
    else
      for (const own of eachRegistry(settings))
        links.push({ ...row, name: writerName(own.registryWriter.name), handler: create(row.name, own) });
  }
  const source = create('gitea-source');

  const common = { requestTimeoutMs, gracePeriodMs: drainTime(settings.gracePeriodMs), io };
  let endSource = async (msLeft: number) => (await source.shutdown?.(msLeft)) ?? true;
  /** Webhooks may still be on their way into the chain, which therefore ends after them. */
  const endChain = async (msLeft: number) => {
    const end = io.clock.monotonic() + msLeft;
    const left = () => Math.max(0, end - io.clock.monotonic());
    const sent = await endSource(left());
    for (const { answersLate, handler } of links) if (answersLate) await handler.shutdown?.(left());
    const handedOn = (await chain?.close(left())) ?? true;
    const reported = (await deadLetter.shutdown?.(left())) ?? true;
    return sent && handedOn && reported;
  };
  const module = eventsModule(links, deadLetter, endChain, chain);
  const atPort = { ...common, ...functions['gitea-source'], port: settings.port, hostname: settings.listenAddress };
  if (settings.port !== 0 && settings.eventsPort === settings.port)
    return [await serve(onOnePort(source as FunctionModule, module, settings.eventSigningKey), atPort)];
  const events = await serve(module, {
    ...common,
    ...functions['dead-letter'],
    port: settings.eventsPort ?? eventsPort,
    hostname: settings.eventsPort === undefined ? eventsHost : settings.listenAddress,
  });
  const webhooks = await serve(source as FunctionModule, atPort);
  // That host says itself whether something was given up.
  endSource = () => webhooks.close().then(() => true);
  return [webhooks, events];
}

/** One entrance for all functions that take events. Without a broker, a reply goes on in memory. */
function eventsModule(
  links: readonly Link[],
  deadLetter: Handler,
  end: (msLeft: number) => Promise<boolean>,
  chain?: Chain,
): FunctionModule {
  return {
    async handle(context, given) {
      if (isDeadLetter(given)) return deadLetter.handle(context as Context, given);
      const { bodyLimit } = functions.parse;
      if ((context.rawBody?.length ?? 0) > bodyLimit) return refusal(413, `Expected at most ${bodyLimit} bytes.`);
      const type = given instanceof CloudEvent ? given.type : undefined;
      const takers = links.filter(({ takes }) => type !== undefined && takes.includes(type));
      const answers = await handleAll(takers.length > 0 ? takers : links.slice(0, 1), context as Context, given);
      // Writers of several registries reply to the same event.
      for (const answer of answers) if (chain !== undefined && answer instanceof CloudEvent) chain.enqueue(answer);
      const weightiest = answers.reduce((a, b) => (weightOf(b) > weightOf(a) ? b : a), accepted());
      return chain !== undefined && weightiest instanceof CloudEvent ? accepted() : weightiest;
    },
    shutdown: (msLeft = 0) => end(msLeft),
  };
}

/** In these a broker says why it gave an event up. After a time-out they are missing: then the event is tried once more, which does no harm. */
function isDeadLetter(given: unknown): boolean {
  return given instanceof CloudEvent && Object.keys(given).some((name) => name.startsWith('knativeerror'));
}

async function handleAll(
  takers: readonly Link[],
  context: Context,
  given: unknown,
): Promise<(Answer | CloudEvent<unknown>)[]> {
  // Nobody waits for what watches for minutes; when the process ends, the next reconcile makes up for it.
  for (const { answersLate, handler } of takers) if (answersLate) void handler.handle(context, given);
  const now = takers.filter(({ answersLate }) => !answersLate);
  return Promise.all(now.map(({ handler }) => handler.handle(context, given)));
}

/** Several may take an event: an answer that asks for a repetition goes first, then one that refuses, then a reply. */
function weightOf(answer: Answer | CloudEvent<unknown>): number {
  return answer instanceof CloudEvent ? 299 : answer.statusCode;
}
