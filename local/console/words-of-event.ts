// What an event says, in a few words for a person. Reads nothing but the event, and believes it.
import { modelPromoted, modelWithdrawn, registryUpdated } from '../../events/index.ts';
import { decodeAttributeValue } from '../../events/wire.ts';
import { labelOf, propertyName } from '../../promotions/property-names.ts';
import { olderThanKnown } from '../../promotions/registry-plan.ts';
import type { BrokerEvent } from '../../stand-ins/broker/index.ts';

type Data = Record<string, unknown>;
type Change = { on: string; name: string; set: Data; removed: string[] };

const words: Record<string, (data: Data) => string> = {
  'dev.mlops.model.promoted.v1': ({ environment, model, serving }) =>
    `Git deploys ${model} ${(serving as { version: string }[]).map(({ version }) => version).join(' and ')} in ${environment}`,
  'dev.mlops.model.withdrawn.v1': ({ environment, model }) => `Git no longer deploys ${model} in ${environment}`,
  'dev.mlops.environment.observed.v1': ({ environment, models, complete }) =>
    `${environment}: ${(models as unknown[]).length} models${complete ? '' : ', not all files readable'}`,
  'dev.mlops.registry.drifted.v1': ({ environment, models }) =>
    `${environment}: ${(models as { model: string }[]).map(({ model }) => model).join(', ')} differs`,
  'dev.mlops.registry.updated.v1': ({ environment, outcome, reason, changes }) =>
    [outcome, reason, ...whatChanged(changes as Change[], String(environment))].filter(Boolean).join(', '),
  'dev.mlops.serving.observed.v1': ({ environment, model, phase, reason }) =>
    [`${model} in ${environment}: ${phase}`, reason].filter(Boolean).join(', '),
  'dev.mlops.deployment.warned.v1': ({ environment, files }) =>
    `${environment}: ${(files as { path: string }[]).map(({ path }) => path).join(', ')}`,
  'dev.mlops.delivery.lost.v1': ({ reason }) => `lost: ${reason}`,
};

/** What the page is told of an event beside its attributes. */
export interface ToldOfEvent {
  /** In a few words; `''`: it has nothing to add to its subject. */
  says: string;
  /** What a promotion is about, as `karaoke 1.1.0 → prod, #3`. */
  about?: string;
  /** Of an answer of registry-writer: whether the label stays where it is, though Git says otherwise. */
  isLeftAlone?: boolean;
  /** What it did to labels, and what it says of what serves, in a few words: for the line that stands for a whole promotion. */
  gist?: { label?: string; serving?: string };
  /** Of a rollout that was observed. */
  phase?: unknown;
}

/** Says nothing of an event that is not what its type promises: the function that takes it will say so. */
export function tellOfEvent({ attributes, data }: BrokerEvent): ToldOfEvent {
  const says = words[attributes.type ?? ''];
  if (!says) {
    const subject = attributes.subject ? decodeAttributeValue(attributes.subject) : '';
    return { says: /^\d+$/.test(subject) ? `pull request #${subject}` : subject };
  }
  try {
    const told = JSON.parse(data.toString('utf8')) as Data;
    const about = abouts[attributes.type ?? '']?.(told);
    return {
      says: says(told),
      ...(about && { about }),
      ...(attributes.type === registryUpdated.type && { isLeftAlone: isLeftAlone(told) }),
      phase: told.phase,
      ...gistOf(attributes.type, told),
    };
  } catch {
    return { says: '' };
  }
}

function isLeftAlone({ outcome, reason }: Data): boolean {
  return outcome === 'ignored' && !String(reason).startsWith(olderThanKnown);
}

function gistOf(type: string | undefined, { environment, changes }: Data): Pick<ToldOfEvent, 'gist'> {
  if (type !== registryUpdated.type) return {};
  const [label, serving] = wordsOfChanges(changes as Change[], String(environment));
  // Who lost it is told where nobody got it.
  const [gained, served] = [
    label!.at(-1),
    serving!.find((text) => !text.endsWith('no longer serves')) ?? serving!.at(-1),
  ];
  return { gist: { ...(gained && { label: gained }), ...(served && { serving: served }) } };
}

const abouts: Record<string, (data: Data) => string> = {
  [modelPromoted.type]: ({ environment, model, serving }) => {
    const versions = serving as { version: string; pullRequest?: { number: number } }[];
    const requests = [...new Set(versions.flatMap(({ pullRequest }) => pullRequest?.number ?? []))];
    const names = versions.map(({ version }) => version).join(' and ');
    return [`${model} ${names} → ${environment}`, ...requests.map((number) => `#${number}`)].join(', ');
  },
  [modelWithdrawn.type]: ({ environment, model }) => `${model} → withdrawn from ${environment}`,
};

function whatChanged(changes: readonly Change[], environment: string): string[] {
  const words = wordsOfChanges(changes, environment).flat();
  return words.length > 0 || changes.length === 0 ? words : ['only the deployment record'];
}

/** About the label, and about what serves. What was lost comes first, so that what was gained is the last word. */
function wordsOfChanges(changes: readonly Change[], environment: string): string[][] {
  const label = labelOf(environment);
  const serving = propertyName(environment, 'serving');
  const rollout = propertyName(environment, 'rollout');
  const versions = changes.filter(({ on }) => on === 'version');
  return [
    [
      ...versions.flatMap(({ name, removed }) => (removed.includes(label) ? [`${name} loses the label`] : [])),
      ...versions.flatMap(({ name, set }) => (label in set ? [`${name} gets the label`] : [])),
    ],
    versions.flatMap(({ name, set, removed }) => [
      ...(serving in set ? [`${name} serves`] : []),
      ...(removed.includes(serving) ? [`${name} no longer serves`] : []),
      ...(rollout in set ? [`rollout of ${name}: ${set[rollout]}`] : []),
    ]),
  ];
}
