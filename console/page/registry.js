// The registry as its users know it, with Git beside it and a mark where the two differ.
import { byId, h, render } from './dom.js';
import { rollout, versionsIn as says } from './rollout.js';
import { count, moment, short } from './words.js';

export function createRegistry() {
  const body = byId('registry-body');
  let hello;
  return {
    setSystem: (value) => {
      hello = value;
    },
    draw,
  };

  function draw({ registry: { value, error }, comparison }) {
    const hint = byId('registry-hint');
    if (!value) {
      hint.textContent = error ?? 'reading';
      return;
    }
    render(
      hint,
      h('span', {}, hello.registry.standIn ? 'stand-in' : 'real server, only read'),
      error ? h('strong', { class: 'stale' }, ' · does not answer; this is the last that was read') : null,
    );
    const compared = comparison.value?.models ?? [];
    const differs = (name) => Number(compared.some((one) => one.model === name && one.drift));
    render(
      body,
      value.models.length === 0 ? h('p', { class: 'empty' }, 'No model is registered.') : null,
      // What needs a look comes first.
      [...value.models]
        .sort((a, b) => differs(b.name) - differs(a.name))
        .map((model) =>
          modelCard(
            model,
            compared.filter((one) => one.model === model.name),
            Boolean(comparison.error),
          ),
        ),
      value.more ? h('p', { class: 'hint' }, 'There are more models than are shown.') : null,
      (comparison.value?.remarks ?? []).map((text) => h('p', { class: 'remark' }, text)),
    );
  }
}

function modelCard({ name, versions, more, properties }, compared, stale) {
  return h(
    'article',
    { class: 'model', 'data-model': name },
    h('h3', {}, name),
    compared.map((one) => [comparison(one, stale), rollout(one, stale)]),
    h(
      'table',
      { class: 'versions' },
      h('caption', { class: 'visually-hidden' }, `Versions of ${name}`),
      h(
        'thead',
        {},
        h(
          'tr',
          {},
          ['Version', 'Labels', 'Git deploys', 'Record'].map((text) => h('th', { scope: 'col' }, text)),
        ),
      ),
      h(
        'tbody',
        {},
        versions.map((version) => versionRow(name, version, compared)),
      ),
    ),
    more ? h('p', { class: 'hint' }, 'Older versions are not shown.') : null,
    properties.length > 0 ? all(`model ${name}`, 'Properties of the model', properties) : null,
  );
}

function comparison({ environment, git, registry, same, drift, remarks }, stale) {
  const state = same && !drift ? 'same' : drift ? 'differs' : 'left';
  const text = {
    same: `${environment}: in sync`,
    differs: same
      ? `${environment}: the label is right, its deployment record is incomplete; a reconcile completes it`
      : `${environment} differs: Git says ${says(git.map(({ version }) => version))}, the registry says ${says(registry)}`,
    left: `${environment}: Git says ${says(git.map(({ version }) => version))}, the registry says ${says(registry)}; a reconcile changes nothing`,
  }[state];
  return h(
    'p',
    { class: `compared ${state} ${stale ? 'old' : ''}`, 'data-compared': state },
    h('span', { class: 'mark', 'aria-hidden': 'true' }, { same: '✓', differs: '≠', left: '!' }[state]),
    h(
      'span',
      {},
      stale ? `When last compared: ${text}` : text,
      remarks.length > 0 ? h('small', {}, [...new Set(remarks)].join(' · ')) : null,
    ),
  );
}

function versionRow(model, version, compared) {
  const { name, labels, properties } = version;
  const deployed = compared.flatMap(({ environment, git, registry }) => {
    const found = git.find((one) => one.version === name);
    const labelled = registry.includes(name);
    if (!found && !labelled) return [];
    return [{ environment, applications: found?.applications, wrong: Boolean(found) !== labelled }];
  });
  const watched = new Set(compared.map(({ environment }) => environment));
  return h(
    'tr',
    { 'data-version': `${model} ${name}`, class: deployed.some(({ wrong }) => wrong) ? 'wrong' : '' },
    h('th', { scope: 'row' }, name),
    h(
      'td',
      { 'data-title': 'Labels' },
      labels.length === 0
        ? h('span', { class: 'none' }, 'none')
        : labels.map((label) => h('span', { class: `label ${kindOf(label, watched)}` }, label)),
    ),
    h(
      'td',
      { 'data-title': 'Git deploys' },
      deployed.map(({ environment, applications, wrong }) => [
        applications ? h('span', { class: 'deployed' }, `${environment}: ${applications.join(', ')}`) : null,
        wrong ? h('span', { class: 'differs' }, `≠ ${applications ? 'label missing' : 'Git does not'}`) : null,
      ]),
      deployed.length === 0 ? h('span', { class: 'none' }, '–') : null,
    ),
    h(
      'td',
      { 'data-title': 'Record' },
      [...watched].map((environment) => recordOf(environment, properties)),
      properties.length > 0
        ? all(`version ${model} ${name}`, 'All properties', properties)
        : h('span', { class: 'none' }, '–'),
    ),
  );
}

/** How a label is shown: as that of an environment, as that of what serves there, or as any other. */
function kindOf(label, watched) {
  if (watched.has(label)) return 'watched';
  return [...watched].some((environment) => label === `${environment}.serving`) ? 'serving' : '';
}

function recordOf(environment, properties) {
  const value = Object.fromEntries(
    properties
      .filter(([key]) => key.startsWith(`${environment}.`))
      .map(([key, text]) => [key.slice(environment.length + 1), text]),
  );
  const request = value.pullRequest;
  if (value.retiredAt)
    return h(
      'p',
      { class: 'retired' },
      `until ${moment(value.retiredAt)}${value.replacedBy === 'withdrawn' ? ', withdrawn' : value.replacedBy ? `, then ${value.replacedBy}` : ''}`,
    );
  if (!value.promotedAt) return null;
  return h(
    'p',
    {},
    `since ${moment(value.promotedAt)}`,
    value.promotedBy ? ` by ${value.promotedBy}` : '',
    request ? `, request #${request.split('/').at(-1)}` : value.commit ? `, commit ${short(value.commit)}` : '',
  );
}

function all(key, title, properties) {
  return h(
    'details',
    { 'data-key': key },
    h('summary', { 'data-key': `${key} summary` }, `${title} (${count(properties.length, 'value')})`),
    h(
      'dl',
      { class: 'pairs' },
      properties.flatMap(([name, text]) => [h('dt', {}, name), h('dd', {}, text)]),
    ),
  );
}
