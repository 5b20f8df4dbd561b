// The list of stories, newest first: a line each, its hops when it is open. However much happened, only one page of it is in
// the document.
import { arrange, button, byId, find, h, render } from './dom.js';
import { endOf, stateOf, titleOf } from './story-words.js';
import { count, duration, moment, nameOf, shortType, statusWords, withMoments } from './words.js';

/** Stories on one page. */
const pageSize = 30;
/** Hops shown of one story; more are behind a button. */
const maxHops = 40;

/** A mark and a word for how a story stands. */
const states = {
  good: ['✓', 'done'],
  open: ['…', 'under way'],
  bad: ['↻', 'being tried again'],
  dead: ['✕', 'given up'],
  refused: ['✕', 'refused'],
  lost: ['✕', 'lost'],
  unserved: ['✕', 'not serving'],
  left: ['!', 'left alone'],
  act: ['●', 'done by hand'],
  note: ['●', 'noted'],
};

/**
 * @param {ReturnType<typeof import('./stories.js').createStories>} stories
 * @param {{ showHop(story: any, hop: any): void }} options
 */
export function createTimeline(stories, { showHop }) {
  const list = byId('list');
  const pager = byId('pager');
  const all = byId('all');
  const elements = new Map();
  /** What the reader opened or closed; the rest opens by itself. */
  const opened = new Map();
  const whole = new Set();
  let page = 0;
  /** Undefined: there are stories. */
  let recent;
  let scheduled = false;

  all.addEventListener('change', () => {
    page = 0;
    draw();
  });

  return { changed, drawRecent };

  /** The stories that the reader wants to see. */
  function listed() {
    return stories.list().filter((story) => all.checked || !story.dull);
  }

  /** What an installation tells of the past, in place of stories. */
  function drawRecent({ value, error, at }) {
    if (!value) return render(list, h('li.empty', error ?? 'reading …'));
    recent = value;
    byId('stories-hint').textContent = error ? `last read at ${moment(at)}: ${error}` : '';
    draw();
  }

  function changed() {
    if (scheduled) return;
    scheduled = true;
    requestAnimationFrame(() => {
      scheduled = false;
      draw();
    });
  }

  function draw() {
    const shown = recent ?? listed();
    const pages = Math.max(1, Math.ceil(shown.length / pageSize));
    page = Math.min(page, pages - 1);
    const part = shown.slice(page * pageSize, (page + 1) * pageSize);
    // Not a reconcile that finds nothing to do: it would close what somebody reads.
    const isWorthIt = ({ kind, abouts, hops }) =>
      kind === 'webhook' || abouts.length > 0 || hops.some(({ state }) => state === 'dead');
    const newest = recent ? undefined : part.find((story) => story.hops.length > 0 && isWorthIt(story));
    const today = new Date().toDateString();
    const wanted = part.map((story) => {
      const key = recent ? JSON.stringify(story) : story.key;
      const before = elements.get(key);
      // Nothing closes under the hands of somebody who is in it.
      const isRead = before?.element.contains(document.activeElement);
      const isOpen = opened.get(key) ?? (isRead ? before.isOpen : story === newest && page === 0);
      const stamp = [today, story.version, story.losses?.size, isOpen, whole.has(key)].join();
      if (before?.stamp === stamp) return key;
      const element = recent
        ? recentRow(story)
        : row(story, isOpen, () => turn(story, isOpen), isOpen && inside(story), goTo);
      const focused = isRead ? document.activeElement.dataset.key : undefined;
      before?.element.replaceWith(element);
      if (focused) find(element, focused)?.focus({ preventScroll: true });
      elements.set(key, { element, stamp, isOpen });
      return key;
    });
    for (const key of elements.keys()) if (!wanted.includes(key)) elements.delete(key);
    arrange(
      list,
      wanted.map((key) => elements.get(key).element),
    );
    if (part.length === 0)
      list.append(
        h(
          'li.empty',
          recent ? 'Nothing was deployed lately.' : 'Nothing yet. Merge a pull request, or ask for a reconcile.',
        ),
      );
    const pageButton = (by, text) =>
      button(
        'quiet',
        text,
        text,
        () => {
          page += by;
          draw();
        },
        { disabled: page + by < 0 || page + by >= pages },
      );
    render(
      pager,
      pages > 1 ? [pageButton(-1, 'Newer'), h('span', `page ${page + 1} of ${pages}`), pageButton(1, 'Older')] : [],
    );
  }

  function turn(story, isOpen) {
    opened.set(story.key, !isOpen);
    draw();
  }

  /** Shows a story that another one names. */
  function goTo({ key }) {
    page = Math.max(0, Math.floor(listed().findIndex((story) => story.key === key) / pageSize));
    opened.set(key, true);
    draw();
    find(list, `story ${key}`)?.focus();
  }

  function inside(story) {
    return hops(story, whole.has(story.key), showHop, () => {
      whole.add(story.key);
      draw();
    });
  }
}

/** Of an installation's past, in which nothing is under the eyes of the page: as a class, a mark and a word. */
const recentStates = {
  good: ['good', '✓', 'done'],
  open: ['open', '…', 'under way'],
  bad: ['dead', '✕', 'not done'],
  lost: ['lost', '✕', 'lost'],
};

function recentRow({ at, title, state: name, text, healed, by, url }) {
  const [state, mark, word] = recentStates[name];
  const end = [by && `by ${by}`, text && withMoments(text)].filter(Boolean).join(' · ');
  const what = [
    url ? h('a', { href: url, rel: 'noopener' }, title) : h('strong', title),
    end ? h('span.end', end) : null,
    healed ? h('span.end.good', withMoments(healed)) : null,
  ];
  const line = summary({ state, mark, word }, what, h('time', { datetime: at }, moment(at)));
  return h('li.story', { 'data-state': state }, h('div.summary', line));
}

/** A mark, what it is about and what came of it, a word for how it stands, and when. */
function summary({ state, mark, word }, what, when) {
  return [
    h('span', { class: `mark ${state}`, 'aria-hidden': 'true' }, mark),
    h('span.what', what),
    h('span.when', word ? h('span', { class: `word ${state}` }, word) : null, when),
  ];
}

/** `inside`: its steps, when it is open. */
function row(story, isOpen, onclick, inside, goTo) {
  const state = stateOf(story);
  const [mark, word] = states[state];
  const hasHops = story.hops.length > 0;
  const end = endOf(story);
  const head = summary(
    { state, mark, word: hasHops && word },
    [h('strong', titleOf(story)), end ? h('span.end', end) : null],
    h('time', moment(story.at)),
  );
  if (!hasHops) return h('li.story.line', { 'data-story': story.key }, h('div.summary', head));
  return h(
    'li',
    { class: `story ${story.dull ? 'dull' : ''}`, 'data-story': story.key, 'data-state': state },
    h(
      'button',
      {
        type: 'button',
        class: 'summary',
        'aria-expanded': String(isOpen),
        'data-key': `story ${story.key}`,
        onclick,
      },
      head,
    ),
    healing(story, goTo),
    inside,
  );
}

/** Whether what was lost has been corrected, and by what. */
function healing({ key, losses, healedBy }, goTo) {
  if (losses.size > 0)
    return h('p.healing.lost', `Not corrected yet: ${[...losses].join(', ')}. The next reconcile corrects it.`);
  if (!healedBy) return null;
  return h(
    'p.healing.good',
    'Corrected by ',
    button('link', titleOf(healedBy), `healed ${key}`, () => goTo(healedBy)),
    ` at ${moment(healedBy.last)}.`,
  );
}

/** `isWhole`: all of them, however many. */
function hops(story, isWhole, showHop, showWhole) {
  const limit = isWhole ? story.hops.length : maxHops;
  const rest = story.hops.length - limit;
  return h(
    'ol.hops',
    story.hops.slice(0, limit).map((hop) =>
      h(
        'li',
        hopButton(story, hop, () => showHop(story, hop)),
      ),
    ),
    rest > 0 ? h('li', button('quiet', count(rest, 'more step'), `whole ${story.key}`, showWhole)) : null,
  );
}

function hopButton(story, hop, onclick) {
  const { to, type, says, status, ms, tries, state, note, calls } = hop;
  const said = [says, note, calls.length > 0 && count(calls.length, 'call')].filter(Boolean).join(' · ');
  const offset = (hop.at - story.at) / 1000;
  return h(
    'button',
    {
      type: 'button',
      class: `hop ${state}`,
      'data-key': `hop ${story.key} ${hop.key}`,
      'data-hop': hop.key,
      'data-type': type,
      onclick,
    },
    h('span.offset', `+${offset.toFixed(2)} s`),
    h(
      'span.way',
      h('span.type', shortType(type)),
      h('span.ends', `→ ${to ? nameOf(to) : 'nobody'}`),
      said ? h('span.says', said) : null,
    ),
    h(
      'span.result',
      to
        ? h(
            'span',
            { class: `badge ${state}` },
            state === 'open' ? 'waiting' : status ? String(status) : state === 'lost' ? 'lost' : 'no answer',
          )
        : null,
      ms === undefined ? null : h('span.ms', duration(ms)),
      tries > 1 ? h('span.tries', `${tries} tries`) : null,
      h('span.visually-hidden', state === 'open' || !to ? '' : statusWords(status)),
    ),
  );
}
