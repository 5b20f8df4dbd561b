// Faults as they happen to people, one text replacement each: the histories have to catch every one of them, or they prove
// nothing. Chosen from what the product promises alone, without a look at what the histories generate. Changes no file itself.
import type { RegistryName } from './history.ts';

export interface KnownFault {
  name: string;
  /** From the root of the project. */
  file: string;
  /** Stands in the file exactly once. */
  replace: string;
  by: string;
  /** The promise that does not hold any more. */
  breaks: string;
  /**
   * Of a rare one: the history of seed 1 or of stories.ts that showed it, tried before all others. A path may mean another history
   * since the generator changed.
   */
  shownBy?: ['--path' | '--story', string];
  /** Seen with this registry alone. Of a fault in an adapter its folder says so. */
  registry?: RegistryName;
}

export const knownFaults: readonly KnownFault[] = [
  // What a push is believed.
  {
    name: 'a push behind the head is left to the next push',
    file: 'functions/parse/function.ts',
    replace: `if ('nothing' in reading) return reading;`,
    by: `if ('nothing' in reading) return reading;
    if (move && move.after !== reading.head)
        return { nothing: 'the branch has moved on, its next push tells' };`,
    breaks: 'The outcome is the same whether a delivery is lost, doubled, late, truncated or out of order.',
  },
  {
    name: 'an unreadable before is trusted to have said the same',
    file: 'promotions/changed-models.ts',
    replace: 'if (before === undefined) return [...now.models.keys()].sort(compareCodePoints);',
    by: 'if (before === undefined) return [];',
    breaks: '`before` zeros or unreadable: all models.',
  },
  {
    name: 'only models that the head still names are reported',
    file: 'promotions/changed-models.ts',
    replace: 'const all = new Set([...before.models.keys(), ...now.models.keys()]);',
    by: 'const all = new Set(now.models.keys());',
    breaks: "Models that the environment's files name at `before` or now get an event.",
  },
  {
    name: 'the head is not read again after handing on',
    file: 'functions/parse/function.ts',
    replace: 'return (await joinLook(({ head: look }) => look(branch), branch)) === head;',
    by: 'return true;',
    breaks: 'After handing on, the head is read once more; if it moved, again from the start.',
  },

  // What Git says.
  {
    name: 'a file that is not found is an empty one',
    file: 'forges/gitea/files.ts',
    replace: 'const { body } = await client.ask(asked);',
    by: `const { status, body } = await client.ask({ ...asked, also: [404] });
    if (status === 404) return new Uint8Array();`,
    breaks: 'Only the tree says that a file is absent: a missing answer is a failed read (503).',
  },
  {
    name: 'a tree shorter than its count is a whole one',
    file: 'forges/gitea/trees.ts',
    replace: 'if (count !== first.total) throw',
    by: 'if (count > first.total) throw',
    breaks: 'Only the tree says that a file is absent, so it has to be whole.',
    shownBy: ['--path', '143'],
  },
  {
    name: 'an unreadable file is an absent one',
    file: 'functions/parse/read-files.ts',
    replace: 'return { ...state, ...(last ?? { content }) };',
    by: `return { ...state, content: { kind: 'nothing', reason: content.reason, warnings: [] } };`,
    breaks: 'Unreadable: it counts with its last readable content on the branch, because what ran goes on running.',
  },
  {
    name: 'an environment is complete whatever could not be read',
    file: 'promotions/environment-snapshot.ts',
    replace: `const complete = files.every(({ content }) => content.kind !== 'unreadable');`,
    by: 'const complete = true;',
    breaks: "No readable content found: the environment's events carry `complete: false`.",
  },
  {
    name: 'one version a model',
    file: 'promotions/environment-snapshot.ts',
    replace: 'versions: versionsOf(inOrder),',
    by: 'versions: versionsOf(inOrder).slice(0, 1),',
    breaks: 'Every version that serves an environment carries its label: `serving` has one entry per version.',
  },
  {
    name: 'a version is a number when it looks like one',
    file: 'promotions/deployment-file.ts',
    replace: 'version, values }',
    by: 'version: String(Number(version) || version), values }',
    breaks: '`version` is taken as written (`1.10`, `4562117e17`, `007` are text).',
  },

  // Which repository.
  {
    name: 'the repository is what Gitea calls it to whoever asks',
    file: 'forges/gitea/identity.ts',
    replace: 'return isSame ?',
    by: 'return page === undefined ?',
    breaks: "A repository is named by its public address (Gitea's `ROOT_URL`), by whatever address it is read.",
  },
  {
    name: 'a mark under the address it is read by is a stranger’s',
    file: 'forges/gitea/known.ts',
    replace: '...(alsoAt.length > 0 && { alsoAt }),',
    by: '',
    breaks: 'Marks written by earlier installations under another address of the same repository are taken over.',
  },
  {
    name: 'a repository that was renamed and renamed back is another one',
    file: 'promotions/repository-address.ts',
    replace: 'return id !== undefined && id === noted.repositoryId',
    by: 'return id === null && id === noted.repositoryId',
    breaks: 'The id of a repository does not change with a rename: its marks are known again under every name.',
  },
  {
    name: 'the same owner and name on another server is the same repository',
    file: 'promotions/repository-address.ts',
    replace: 'return plain(a) === plain(b);',
    by: 'return nameIn(a).toLowerCase() === nameIn(b).toLowerCase();',
    breaks:
      "A model whose mark names another repository is not touched while a version holds that environment's label.",
  },
  {
    name: 'the owner pushed whatever Gitea says the owner pushed',
    file: 'forges/gitea/push.ts',
    replace: 'return made && repository.mirror !== true ? person(who) : {};',
    by: 'return made || repository.mirror !== true ? person(who) : {};',
    breaks: 'promotedBy is who pushed, else the author: Gitea names the owner for deploy keys and mirrors, too.',
  },

  // What is acknowledged.
  {
    name: 'one event that was taken acknowledges all',
    file: 'functions/hand-on.ts',
    replace: 'if (failed === 0) return;',
    by: 'if (failed < events.length) return;',
    breaks: 'Each event POSTed to the sink; all accepted: 202; otherwise 503.',
  },
  {
    name: 'a repetition has ids of its own',
    file: 'functions/parse/function.ts',
    replace: 'cause: { source: event.source, id: event.id }, traceparent };',
    by: 'cause: { source: event.source, id: event.id + io.clock.now() }, traceparent };',
    breaks: 'The repeat sends the same ids for the same head.',
  },
  {
    name: 'the outbox tries no longer than the webhook waits',
    file: 'functions/gitea-source/outbox.ts',
    replace: 'within: limits.sourceDelivery,',
    by: 'within: limits.webhookAnswer,',
    breaks: 'At the latest after 4 s 202 while delivery goes on, for 15 minutes at most.',
  },

  // Which events count.
  {
    name: 'no stale guard',
    file: 'promotions/registry-plan.ts',
    replace: 'if (marker.observedAt !== undefined && Date.parse',
    by: 'if (marker.observedAt !== undefined && marker.head === promotion.head && Date.parse',
    breaks: "An event whose `observedAt` is older than the model's mark for that environment is ignored.",
    shownBy: ['--path', '442'],
  },
  {
    name: 'the stale guard takes equal for older',
    file: 'promotions/registry-plan.ts',
    replace: 'Date.parse(promotion.observedAt) < marker.observedAt',
    by: 'Date.parse(promotion.observedAt) <= marker.observedAt',
    breaks: 'Equal is not older: a half-done write is finished by the next try.',
  },
  {
    name: 'a new head alone does not move the mark',
    file: 'promotions/registry-plan.ts',
    replace: 'plan.losses.length > 0 || newHead || damaged)',
    by: 'plan.losses.length > 0 || damaged)',
    breaks: 'The mark is written by a push-caused event with a new head even if nothing else differs.',
  },
  {
    name: "another repository's label is taken where Git deploys the model, too",
    file: 'promotions/registry-plan.ts',
    replace: 'if (held || serving.length === 0) {',
    by: 'if (serving.length === 0) {',
    breaks:
      "A model whose mark names another repository is not touched while a version holds that environment's label.",
  },
  {
    name: 'a label without a mark is ours',
    file: 'promotions/registry-plan.ts',
    replace: `if (marker.repository === undefined && held && serving.length === 0 && promotion.cause === 'reconcile') {`,
    by: `if (marker.repository === undefined && !held && serving.length === 0 && promotion.cause === 'reconcile') {`,
    breaks:
      'A label without any mark is ours to move only where our repository deploys that model, or did at `before`.',
  },

  // What is written.
  {
    name: 'the label goes off before it goes on',
    file: 'functions/registry-writer/write.ts',
    replace: `    ...plan.gains.map((gain) => () => writeVersion(registry, changes, gain)),
  ]);
  // After the gains, so that some version holds the label at all times.
  const { losses, isUndone } = await planLosses(writing, markedModel, named, plan);
  await together([
    ...losses.map((loss) => () => writeVersion(registry, changes, loss)),`,
    by: `  ]);
  const { losses, isUndone } = await planLosses(writing, markedModel, named, { ...plan, registered: [] });
  await together(losses.map((loss) => () => writeVersion(registry, changes, loss)));
  await together([
    ...plan.gains.map((gain) => () => writeVersion(registry, changes, gain)),`,
    breaks: 'At least one version holds the label at all times while one should.',
  },
  {
    name: 'complete is ignored',
    file: 'promotions/registry-plan.ts',
    replace: 'if (promotion.complete && unregistered.length === 0) {',
    by: 'if (unregistered.length === 0) {',
    breaks: 'Labels are only added, not removed, while `complete` is false.',
  },
  {
    name: 'the label leaves the old version before the new one is registered',
    file: 'promotions/registry-plan.ts',
    replace: 'if (promotion.complete && unregistered.length === 0) {',
    by: 'if (promotion.complete) {',
    breaks: 'While the version that Git names is not registered yet, the label stays where it was.',
  },
  {
    name: 'a floating version is waited for',
    file: 'promotions/registry-plan.ts',
    replace: '.filter((name) => !state.named.has(name) && !floating.includes(name));',
    by: '.filter((name) => !state.named.has(name));',
    breaks: 'A floating version (`latest`) that is not registered counts as no version: the label goes.',
    shownBy: ['--path', '83'],
  },
  {
    name: 'a version that comes back keeps the end of its last deployment',
    file: 'promotions/deployment-record.ts',
    replace: 'return { set, remove: [...remove, ...retired], ',
    by: 'return { set, remove, ',
    breaks: 'When a deployment begins, `.retiredAt` and `.replacedBy` go.',
  },
  {
    name: 'a record whose label somebody removed counts for any later deployment',
    file: 'promotions/deployment-record.ts',
    replace: 'const isOfAnother = left !== undefined &&',
    by: 'const isOfAnother = left === undefined &&',
    breaks: 'The record is about one deployment, and is written whole when it begins.',
  },
  {
    name: 'the applications stay those of the beginning',
    file: 'promotions/deployment-record.ts',
    replace: `current: name === 'application',`,
    by: 'current: false,',
    breaks: 'Later events of the same deployment only fill what is missing and keep `.application` true.',
  },
  {
    name: 'state is not echoed',
    file: 'registries/kubeflow/wire.ts',
    replace: '...(entity.state === undefined ? {} : { state: entity.state }),',
    by: '',
    breaks: 'Everything else is kept as it was: `state`.',
  },
  {
    name: 'only properties that are strings are sent back',
    file: 'registries/kubeflow/properties.ts',
    replace: 'if (!removed.has(key))\n',
    by: `if (!removed.has(key) && (property.type as string) === 'string')\n`,
    breaks: 'Everything else is kept as it was: properties of any type.',
  },
  {
    name: 'two environments of one model are written side by side',
    file: 'functions/registry-writer/function.ts',
    replace: 'lock(model, () => writePromotion',
    by: 'lock(promotion.environment + model, () => writePromotion',
    breaks: "One model at a time, whatever the environment: a write replaces a version's whole property map.",
  },
  {
    name: 'no look after writing',
    file: 'functions/registry-writer/write.ts',
    replace: 'if (wrote && !(await isSettled(writing, markedModel, plan))) return { plan, isSettled: false };',
    by: '',
    breaks: 'After writing, the holders are read once more; a remaining difference is applied once.',
    shownBy: ['--story', 'a person takes the new label away before the old one goes, and it is set once more'],
  },

  // What the registry says.
  {
    name: 'any 404 says that nothing of that name is registered',
    file: 'registries/kubeflow/client.ts',
    replace: 'const missing = answer.status === 404 ? readNotFound(jsonOf(answer)) : undefined;',
    by: `const missing = answer.status === 404 ? (readNotFound(jsonOf(answer)) ?? 'none') : undefined;`,
    breaks: 'Believes a bad answer only when it is confirmed.',
    shownBy: ['--path', '563'],
  },
  {
    name: 'the first version that looks like the name is it',
    file: 'registries/kubeflow/look-up.ts',
    replace: 'const here = first?.items.find(isIt);',
    by: 'const here = first?.items[0];',
    breaks:
      'Every version that serves carries the label, no other does: names with `_` and `%` are patterns to the server.',
  },

  // What MLflow takes in several calls, and aliases.
  {
    name: 'a record that was cut short counts as whole',
    file: 'registries/mlflow/calls-of.ts',
    replace: 'export function callsOf(properties: Properties, { set, remove, completes }: PropertyChange): Call[] {',
    by: `export function callsOf(properties: Properties, { set, remove }: PropertyChange): Call[] {
  const completes = undefined as string | undefined;`,
    breaks: 'What a crash cut short is finished, or replaced by what is true: no record is of two deployments.',
    shownBy: [
      '--story',
      'the marker of another repository is taken over in several calls, and what is cut short is finished by the reconcile',
    ],
  },
  {
    name: 'the label goes before the record says so',
    file: 'registries/mlflow/calls-of.ts',
    replace: '...removed(remove.filter((key) => !holdsLabel(properties, key))),',
    by: '...removed(remove),',
    breaks: 'A label is removed after what belongs to it is written: whatever holds a label is looked at again.',
  },
  {
    name: 'what a filter brings is of the model',
    file: 'registries/mlflow/index.ts',
    replace: 'return found.filter((version) => version.modelId === model.id && isWanted(version));',
    by: 'return found.filter(isWanted);',
    breaks: 'Filters only save calls: a name that cannot be quoted brings versions of other models.',
  },
  {
    name: 'the first page of a list is all of it',
    file: 'registries/mlflow/wire.ts',
    replace: "next: (page.next_page_token as string | null | undefined) ?? '' };",
    by: "next: '' };",
    breaks: 'A list is read to its end.',
  },
  {
    name: 'of several versions with the same tag the first one counts',
    file: 'registries/mlflow/index.ts',
    replace: 'latest === undefined || Number(numberOf(one)) > Number(numberOf(latest)) ? one : latest',
    by: 'latest ?? one',
    breaks: 'Of several versions with the same tag the one that was registered last counts.',
    shownBy: ['--path', '337'],
  },
  {
    name: 'any 404 says that MLflow has nothing of that name',
    file: 'registries/mlflow/client.ts',
    replace: 'const answer = await api.send(call);\n      return isMissing(answer) ?',
    by: 'const answer = await api.send(call);\n      return answer.status === 404 || isMissing(answer) ?',
    breaks: 'Believes a bad answer only when it is confirmed.',
    shownBy: [
      '--story',
      'a proxy answers the look-up of a withdrawn model of MLflow with 404, and the label goes all the same',
    ],
  },
  {
    name: 'the alias moves before the label',
    file: 'functions/registry-writer/write.ts',
    replace: 'const plan = planOf(writing, markedModel, [], named);\n',
    by: `const plan = planOf(writing, markedModel, [], named);
  if (plan.alias !== undefined) await writeAlias(registry, changes, markedModel, plan.alias);
`,
    breaks: 'The alias belongs to a version that holds the label: it moves last.',
    registry: 'mlflow',
  },
  {
    name: 'an alias is moved and never taken away',
    file: 'promotions/alias.ts',
    replace: 'return current !== undefined && isOurs ? { alias } : undefined;',
    by: 'return undefined;',
    breaks: 'No alias stays where no version holds the label, or several do.',
    registry: 'mlflow',
  },
  {
    name: 'the alias stays on one of several versions that hold the label',
    file: 'promotions/alias.ts',
    replace: 'if (version !== undefined && others.length === 0) return',
    by: 'if (version !== undefined) return',
    breaks: 'An alias belongs to one version, so none stays where several hold the label.',
    registry: 'mlflow',
  },
  {
    name: 'an alias by hand is left until the label moves',
    file: 'promotions/drift.ts',
    replace: 'losses.length > 0 || alias !== undefined)',
    by: 'losses.length > 0)',
    breaks: 'An alias that somebody moved by hand is moved back by the next reconcile.',
    registry: 'mlflow',
  },

  // What a reconcile finds.
  {
    name: 'a page begins at its first model',
    file: 'functions/registry-writer/compare.ts',
    replace: 'inPage(model.name, page) && ',
    by: `inPage(model.name, { ...page, from: observation.models[0]?.model ?? '' }) && `,
    breaks: 'A page covers `from` ≤ name < `to`, the first `from` is "": what no page names is missing in Git.',
    shownBy: ['--path', '1310'],
  },
  {
    name: 'beside a version that holds the label no missing label is looked for',
    file: 'functions/registry-writer/compare.ts',
    replace: 'if (others.length > 0) {',
    by: 'if (others.length > 0 && held.length === 0) {',
    breaks: "A model differs when the writer's own plan holds a write: a label to set.",
    shownBy: [
      '--story',
      'a version is registered again under the same tag, and the younger one gets label and alias at the next reconcile',
    ],
  },

  // What serves.
  {
    name: 'an older observation of what serves counts',
    file: 'promotions/serving-plan.ts',
    replace: 'if (Date.parse(observedAt) < latest) {',
    by: 'if (latest < 0) {',
    breaks: 'An observation that is older than what is known is ignored.',
  },
  {
    name: 'what does not serve any more keeps its label until Git deploys something else',
    file: 'promotions/serving-plan.ts',
    replace: '    serving: undefined,',
    by: '    ...(!holdsLabel(version.properties, labelOf(environment)) && { serving: undefined }),',
    breaks: 'The label of what serves is on what serves, whatever Git says.',
  },
  {
    name: 'a failed rollout is still told of a version that Git deploys no more',
    file: 'promotions/serving-plan.ts',
    replace: '    rollout: rolloutOf(version, observed),',
    by: '    ...(holdsLabel(version.properties, labelOf(environment)) && { rollout: rolloutOf(version, observed) }),',
    breaks: 'How far a rollout is stands only on a version that Git deploys and that does not serve.',
    shownBy: ['--path', '128'],
  },
];
