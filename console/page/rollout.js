// The third column: what Git deploys, what the cluster serves and what the registry labels, side by side, and how far the rollout is.
import { h } from './dom.js';
import { moment } from './words.js';

export const versionsIn = (names) => (names.length === 0 ? 'nothing' : names.join(' and '));

/** Nothing where nobody has observed the model in a cluster. `stale`: this is the last that could be read. */
export function rollout({ environment, git, registry, cluster }, stale) {
  if (!cluster) return null;
  const { phase, reason, serving, since } = cluster;
  const step = (title, names, more) =>
    h('div', {}, h('dt', {}, title), h('dd', {}, versionsIn(names), more ? h('small', {}, ` ${more}`) : null));
  return h(
    'div',
    { class: `rollout ${phase} ${stale ? 'old' : ''}`, 'data-rollout': environment, 'data-phase': phase },
    h(
      'dl',
      {},
      step(
        'Git deploys',
        git.map(({ version }) => version),
      ),
      step('Cluster serves', serving, since && `since ${moment(since)}`),
      step('Registry labels', registry),
    ),
    h('p', {}, h('strong', {}, `Rollout in ${environment}: ${phase}`), reason ? `. ${reason}` : ''),
  );
}
