// What the chart must know of the code: which function takes which events, the time limits of its Trigger, the event types,
// how values must look.
// Written to chart/files/contract.json, which the templates read, so that neither numbers nor names stand twice.
import { readdirSync, readFileSync } from 'node:fs';
import { events, ping } from '../events/index.ts';
import { defaultTriggers } from '../local/broker/default-triggers.ts';
import { forms } from './chart-files.ts';

/** Seconds that Knative keeps a pod from its SIGTERM: queue-proxy answers the preStop hook 30 s after the last request began. */
const knativeDrain = 30;
/** What Knative allows a Service by default (`max-revision-timeout-seconds`). */
const longest = 600;

export function chartContract() {
  const triggers = defaultTriggers({ parse: '', registryWriter: '' });
  return {
    triggers: Object.fromEntries(
      triggers.map(({ name, types = [], retry, backoffPolicy, backoffDelayMs, timeoutMs }) => [
        name,
        {
          types,
          delivery: { retry, backoffPolicy, backoffDelay: duration(backoffDelayMs), timeout: duration(timeoutMs) },
        },
      ]),
    ),
    pingType: ping.type,
    timeoutSeconds: {
      // Goes on handing over after its answer; the longer it may drain, the less is lost.
      'gitea-source': longest,
      ...Object.fromEntries(triggers.map(({ name, timeoutMs }) => [name, timeoutSeconds(timeoutMs)])),
    },
    knativeDrain,
    forms: forms(),
    eventTypes: events
      .filter(({ type }) => type !== ping.type)
      .map(({ type }) => ({ type, description: describe(type) })),
  };
}

/** A request may take what its Trigger waits for, and ending a pod leaves the drain beside it. */
function timeoutSeconds(attemptMs: number): number {
  return Math.min(longest, Math.max(2 * knativeDrain, Math.ceil(attemptMs / 1000)));
}

/** ISO 8601, as Knative's delivery wants it. */
function duration(ms: number): string {
  return `PT${ms / 1000}S`;
}

/** The first sentence of the event's file. */
function describe(type: string): string {
  const folder = new URL('../events/', import.meta.url);
  for (const name of readdirSync(folder).filter((file) => file.endsWith('.ts'))) {
    const head = readFileSync(new URL(name, folder), 'utf8').split(/\n(?!\/\/)/, 1)[0]!;
    const [, named, sentence] =
      /^([\w.-]+?)(?:\.<[^>]+>)?: (.+?)\.(?: |$)/.exec(head.replace(/^\/\/ | *\n\/\/(?= )/g, '')) ?? [];
    if (named !== undefined && (type === named || type.startsWith(`${named}.`)) && sentence !== undefined)
      return `${sentence[0]!.toUpperCase()}${sentence.slice(1)}.`;
  }
  throw new Error(`${type}: expected a file in events/ whose first line is "// ${type}: what it is."`);
}

export function renderContract(): string {
  return `${JSON.stringify(chartContract(), undefined, 2)}\n`;
}
