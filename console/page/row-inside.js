// What is in a row that somebody opened: the versions of the model as the registry has them, or what was deployed there and when.
import { button, h, pairs, render, table } from './dom.js';
import { count, moment, short, withMoments } from './words.js';

/** `detail`: the model as the registry has it, where the page gets that. `past`: as pastOf made it. */
export function inside(row, detail, past) {
  const isMissing = !detail && !past && h('p.hint', 'The registry has no model of this name.');
  return h('div.inside', detail ? versions(row, detail) : isMissing, past);
}

function versions({ model, environment, git }, { versions: all, more: areMore, properties }) {
  const deployed = new Set(git.map(({ version }) => version));
  return [
    table(
      `Versions of ${model}`,
      ['Version', 'Labels', 'Record'],
      all.map(({ name, labels, properties: values }) =>
        h(
          'tr',
          {
            'data-version': `${model} ${name}`,
            class: deployed.has(name) !== labels.includes(environment) ? 'wrong' : '',
          },
          h('th', { scope: 'row' }, name),
          h(
            'td',
            labels.length === 0
              ? h('span.none', 'none')
              : labels.map((label) =>
                  h(
                    'span',
                    {
                      class: `label ${label === environment ? 'watched' : label.endsWith('.serving') ? 'serving' : ''}`,
                    },
                    label,
                  ),
                ),
          ),
          h(
            'td',
            values.length > 0
              ? more(`version ${model} ${name} ${environment}`, 'All properties', values)
              : h('span.none', '–'),
          ),
        ),
      ),
    ),
    areMore ? h('p.hint', 'Older versions are not shown.') : null,
    properties.length > 0 ? more(`model ${model} ${environment}`, 'Properties of the model', properties) : null,
  ];
}

/** Asks what was deployed of the row's model in its environment, and shows it when it is there. */
export function pastOf(row, history) {
  const place = h('div');
  const titles = ['Version', 'From', 'Until', 'Promoted', 'Observed'];
  const show = (list) =>
    list.length === 0
      ? h('p.hint', 'The history of Git says nothing about it.')
      : table(`What was deployed of ${row.model} in ${row.environment}`, titles, list.map(pastRow));
  const read = () => {
    render(place, h('p.hint', { role: 'status' }, 'Reading the history …'));
    history(row).then(
      (list) => render(place, show(list)),
      ({ message }) =>
        render(place, h('p.remark.bad', message, ' ', button('link', 'Read it again', `again ${row.model}`, read))),
    );
  };
  read();
  return place;
}

function pastRow({ versions: names, from, until, by, request, commit, notes = [] }) {
  const origin = request ? h('a', { href: request.url, rel: 'noopener' }, request.title) : `commit ${short(commit)}`;
  return h(
    'tr',
    h('th', { scope: 'row' }, names.join(' and ') || 'nothing'),
    h('td', moment(from)),
    h('td', until ? moment(until) : 'now'),
    h('td', origin, by ? ` by ${by}` : ''),
    h('td', notes.length > 0 ? notes.map((text) => h('p', withMoments(text))) : h('span.none', '–')),
  );
}

/** Closed at first. `key`: by it the page knows it again. */
function more(key, title, properties) {
  return h(
    'details',
    { 'data-key': key },
    h('summary', { 'data-key': `${key} summary` }, `${title} (${count(properties.length, 'value')})`),
    pairs(properties),
  );
}
