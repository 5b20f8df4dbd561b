// The page's main part: a row for each model of an environment, from Git over the cluster to the registry, with one clear state. Rows
// keep their places, and one that changes is lit and brought into view.
import { arrange, byId, h, render, say } from './dom.js';
import { inside, pastOf } from './row-inside.js';
import { count, moment, short, versionsIn, withMoments } from './words.js';

const marks = { 'in sync': '✓', 'rolling out': '…', differs: '≠', failed: '✕', unknown: '?' };
/** More rows than these are searched for, not looked through. */
const few = 8;
/** ms a row that changed stays lit. */
const lit = 4_000;

/** @param {{ menuOf(row: object): Element | null, history(row: object): Promise<any> }} options What is in a row's menu, and what was deployed there when. */
export function createRows({ menuOf, history }) {
  const list = byId('rows');
  const [search, environment, unclear] = ['search', 'environment', 'unclear'].map(byId);
  /** By key: the element, what it was drawn from, and whether the reader opened it. */
  const known = new Map();
  let hello;
  let view;

  for (const control of [search, environment, unclear]) control.addEventListener('input', filter);

  return {
    setSystem: (value) => {
      hello = value;
    },
    draw(value) {
      view = value;
      drawHint();
      if (!value.overview.value) return;
      const { rows, remarks, environments } = value.overview.value;
      render(
        byId('remarks'),
        remarks.map(({ bad, text, next }) =>
          h('p', { class: `remark ${bad ? 'bad' : ''}` }, text, next ? h('small', next) : null),
        ),
      );
      if (
        [...environment.options]
          .slice(1)
          .map(({ value }) => value)
          .join() !== environments.join()
      )
        render(
          environment,
          h('option', { value: '' }, 'all environments'),
          environments.map((name) => h('option', name)),
        );
      const isFiltered = search.value !== '' || environment.value !== '' || unclear.checked;
      byId('filter').hidden = rows.length <= few && !isFiltered;
      list.classList.toggle('old', isOld());
      document.body.classList.toggle('no-cluster', !rows.some(({ cluster }) => cluster));
      const isFirst = known.size === 0;
      const keys = new Set(rows.map(keyOf));
      for (const key of known.keys()) if (!keys.has(key)) known.delete(key);
      arrange(
        list,
        rows.map((row) => drawRow(row, isFirst)),
      );
      if (rows.length === 0)
        render(
          list,
          h(
            'li.empty',
            `Git deploys no model in ${environments.join(', ') || 'any environment'}, and no label says otherwise. Promote a version by a merge, and it appears here.`,
          ),
        );
      filter();
    },
  };

  function drawHint() {
    const { value, error, at } = view.overview;
    const head = view.git?.value?.head;
    const moved = head && head !== value?.head ? `; Git is at ${short(head)} now` : '';
    if (error || !value || byId('filter').hidden)
      say(byId('models-hint'), error ? at && `last read at ${moment(at)}${moved}` : value ? '' : 'reading …');
    const where = value && `${new URL(value.repository).pathname.slice(1)}, ${value.branch} at ${short(value.head)}`;
    byId('about').textContent = value ? where + (hello.kind === 'local' || error ? '' : `, read at ${moment(at)}`) : '';
    if (value) return;
    known.clear();
    const waiting = [1, 2, 3].map(() => h('li.model.waiting', { 'aria-hidden': 'true' }));
    render(list, error ? h('li.empty', `Nothing could be read yet: ${error}`) : waiting);
  }

  /** The last reading failed, or the console is away. */
  function isOld() {
    return Boolean(view.overview.error) || document.body.classList.contains('away');
  }

  function drawRow(row, isFirst) {
    const key = keyOf(row);
    const before = known.get(key);
    const detail = view.registry?.value?.models.find(({ name }) => name === row.model);
    const isOpen = before?.isOpen ?? false;
    const stamp = JSON.stringify([row, isOpen, isOpen && detail, hello.epoch, isOld(), new Date().toDateString()]);
    if (before?.stamp === stamp) return before.element;
    const said = JSON.stringify([row.git, row.cluster?.serving, row.registry, row.state]);
    const element = before?.element ?? h('li.model', { 'data-row': key });
    element.dataset.state = row.state;
    // What was deployed is asked for again when it may have become more, and not because a server is down.
    const kept = isOpen && before?.said === said ? before.past : undefined;
    const past = isOpen && hello.kind !== 'local' ? (kept ?? pastOf(row, history)) : undefined;
    known.set(key, { element, stamp, said, isOpen, past, text: textOf(row), row });
    render(
      element,
      head(row, isOpen, () => turn(key)),
      isOpen ? inside(row, detail, past) : null,
    );
    if (!isFirst && before?.said !== said) light(element);
    return element;
  }

  function turn(key) {
    const one = known.get(key);
    one.isOpen = !one.isOpen;
    drawRow(one.row, true);
  }

  function head(row, isOpen, onclick) {
    return [
      h(
        'div.line',
        h(
          'button',
          { type: 'button', class: 'name', 'aria-expanded': String(isOpen), 'data-key': `row ${keyOf(row)}`, onclick },
          h('strong', row.model),
          [row.environment, row.registryName].filter(Boolean).map((name) => h('span.env', name)),
        ),
        cell('in-git', 'Git', deployed(row), originOf(row, !hello.gitea.standIn)),
        clusterCell(row),
        cell(`in-registry ${odd(row, row.registry)}`, 'Registry', row.registry),
        h(
          'span.state',
          h('span.mark', { 'aria-hidden': 'true' }, marks[row.state]),
          isOld() ? `was ${row.state}` : row.state,
        ),
        menuOf(row),
      ),
      row.state === 'in sync' || !row.reason
        ? null
        : h('p.reason', withMoments(row.reason), h('span.next', ` ${nextOf(row)}`)),
    ];
  }

  function light(element) {
    element.classList.add('lit');
    setTimeout(() => element.classList.remove('lit'), lit);
    // Not under the hands of somebody who is busy elsewhere on the page.
    if (!document.querySelector('dialog[open]') && !list.contains(document.activeElement))
      element.scrollIntoView({ block: 'nearest' });
  }

  function filter() {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const { element, text, row } of known.values()) {
      const fits =
        words.every((word) => text.includes(word)) &&
        (environment.value === '' || row.environment === environment.value) &&
        !(unclear.checked && row.state === 'in sync');
      element.hidden = !fits;
      shown += Number(fits);
    }
    if (!byId('filter').hidden && !view.overview.error)
      say(byId('models-hint'), `${shown === known.size ? '' : `${shown} of `}${count(known.size, 'row')}`);
  }
}

const keyOf = ({ environment, model, registryName }) => [environment, model, registryName].filter(Boolean).join('/');

/** What is searched. */
function textOf({ environment, model, registryName, git, registry, cluster, state, by, request }) {
  const versions = [...git.map(({ version }) => version), ...registry, ...(cluster?.serving ?? [])];
  return [model, environment, registryName, state, by, request?.title, ...versions].join(' ').toLowerCase();
}

const deployed = ({ git }) => git.map(({ version }) => version);

/** Marks versions that are not those which Git deploys. */
const odd = (row, versions) =>
  row.state === 'differs' && String([...versions].sort()) !== String(deployed(row).sort()) ? 'odd' : '';

/** As it was observed: it may have begun to serve before. Of a version that is not registered the registry cannot say that it serves. */
function clusterCell(row) {
  if (!row.cluster) return cell('in-cluster none', 'Cluster', ['not observed']);
  const { serving, phase, since } = row.cluster;
  const more = [since && `seen since ${moment(since)}`];
  if (serving.length === 0 && phase === 'unknown')
    return cell('in-cluster none', 'Cluster', ['not known'], [], { 'data-phase': phase });
  return cell(`in-cluster ${odd(row, serving)}`, 'Cluster', serving, more, { 'data-phase': phase });
}

const sinceOf = ({ since }) => since && `since ${moment(since)}`;

/** By which request or commit, by whom, and since when. `hasPages`: a stand-in has none. */
function originOf(row, hasPages) {
  const origin = row.request ?? (row.commit && { title: short(row.commit.id), url: row.commit.url });
  const link =
    origin && hasPages
      ? h('a', { href: origin.url, rel: 'noopener', 'data-key': `origin ${keyOf(row)}` }, origin.title)
      : origin?.title;
  return [link, row.by && ` by ${row.by}`, (link || row.by) && row.since && ', ', sinceOf(row)];
}

/** A command of the command line is what the next reconcile does by itself. */
function nextOf({ next = '' }) {
  return next === 'post-deployment reconcile' ? 'The next reconcile corrects it at the latest.' : next;
}

function cell(kind, title, versions, more = [], attributes = {}) {
  return h(
    'span',
    { class: `cell ${kind}`, ...attributes },
    h('span.title', title),
    h('b', versionsIn(versions)),
    more.some(Boolean) ? h('small', more.filter(Boolean)) : null,
  );
}
