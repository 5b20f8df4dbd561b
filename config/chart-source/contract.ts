// What the chart needs to know about the code: the functions, which events each takes, the time limits of its Trigger, the event types,
// and how values must look. It is written to chart/files/contract.yaml, which the templates read.
import { readdirSync, readFileSync } from 'node:fs';
import { stringify } from 'yaml';
import { events, ping } from '../../events/index.ts';
import { settingNames } from '../../functions/settings.ts';
import { callsServers, rows, type Trigger, waking } from '../../functions/table.ts';
import { builtIn } from '../../promotions/environment-name.ts';
import { consoleTable } from '../settings/console.ts';
import type { Row } from '../settings/reader.ts';
import { registryKinds, reservedNames } from '../settings/registry.ts';
import { forms } from './render.ts';

/** The names among the registry's fields that an environment could have otherwise. */
const isEnvironmentForm = /^[a-z0-9-]+$/;
/** What the chart gives to its Jobs alone (jobs/). */
const settingsOfJobs = [
  'SECRETS',
  'TRIGGERS',
  'WEBHOOK_URL',
  'WEBHOOK_URL_OF',
  'GITEA_WEBHOOK_TOKEN',
  'GITEA_WEBHOOK_TOKEN_FILE',
];

/** And to the page alone. */
const settingsOfConsole = Object.entries<Row>(consoleTable).flatMap(([name, { secret }]) =>
  secret ? [name, `${name}_FILE`] : [name],
);

/** Seconds by which Knative delays SIGTERM: queue-proxy answers the preStop hook 30 s after the last request began. */
const knativeDrain = 30;
/** The longest timeout of a Service that Knative allows by default (`max-revision-timeout-seconds`). */
const longest = 600;

export function chartContract() {
  return {
    functions: rows.map(
      ({ name, takes, wokenBy, trigger, needs, replies, isPublic, isSingle, answersLate, onlyWith }) => ({
        name,
        ...(onlyWith && { onlyWith: onlyWith.chartValue }),
        ...(isPublic && { isPublic }),
        ...(isSingle && { isSingle }),
        ...(answersLate && { answersLate }),
        needs,
        callsServers: callsServers({ needs }),
        sendsEvents: needs.includes('broker') || replies === true,
        // A function without a Trigger sends events after its answer: the longer it may run, the fewer are lost.
        timeoutSeconds: trigger === undefined ? longest : timeoutSeconds(trigger.attempt),
        ...(trigger && {
          trigger: {
            types: takes,
            ...(trigger.ordered && { ordered: true }),
            delivery: deliveryOf(trigger),
          },
        }),
        ...(wokenBy && { wake: { types: wokenBy, delivery: deliveryOf(waking) } }),
      }),
    ),
    pingType: ping.type,
    knativeDrain,
    longestSeconds: longest,
    forms: forms(),
    // Names that no further registry can have, and where the API of each kind is.
    reservedRegistries: reservedNames.source,
    registryKinds: Object.entries(registryKinds).map(([kind, { api, end }]) => ({ kind, api, end: end.source })),
    // Names that no environment can have, and of settings, which have values of their own.
    reservedEnvironments: [...builtIn].filter((name) => isEnvironmentForm.test(name)),
    settings: [...new Set([...settingNames(), ...settingsOfJobs, ...settingsOfConsole])].sort(),
    eventTypes: events
      .filter(({ type }) => type !== ping.type)
      .map(({ type }) => ({ type, description: describe(type) })),
  };
}

/** All of Knative's fields: a Trigger that gives only some inherits none of the others from its Broker. */
function deliveryOf({ retries, firstPause, attempt }: Trigger) {
  return {
    retry: retries,
    backoffPolicy: 'exponential',
    backoffDelay: duration(firstPause),
    timeout: duration(attempt),
  };
}

/** A request may take as long as its Trigger waits, and longer than Knative delays SIGTERM. */
function timeoutSeconds(attemptMs: number): number {
  return Math.min(longest, Math.max(2 * knativeDrain, Math.ceil(attemptMs / 1000)));
}

/** ISO 8601, as Knative's delivery wants it. */
function duration(ms: number): string {
  return `PT${ms / 1000}S`;
}

/** The first sentence in the file of the event. */
function describe(type: string): string {
  const folder = new URL('../../events/', import.meta.url);
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
  return `# Written by \`npm run generate\` from the code (config/chart-source/contract.ts).\n${stringify(chartContract())}`;
}
