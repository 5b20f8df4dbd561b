// Puts the page together: what comes from the console goes to its parts, what the reader does goes to the console.
import { createDetail } from './detail.js';
import { byId, h, say } from './dom.js';
import { createGit } from './git.js';
import { connect } from './live.js';
import { createRows } from './rows.js';
import { createStories } from './stories.js';
import { createStrip } from './strip.js';
import { createTimeline } from './timeline.js';
import { createTrouble } from './trouble.js';
import { verdictOf } from './verdict.js';
import { nameOf } from './words.js';

const stories = createStories();
let hello;
let view;
/** Servers that were stopped here. */
let down = [];
/** The newest number that was put into the stories. */
let lastSeq = 0;

const connection = connect({
  hello(value) {
    const another = hello && hello.epoch !== value.epoch;
    hello = value;
    if (!value.resumed || another) {
      stories.clear();
      lastSeq = 0;
    }
    const isLocal = value.kind === 'local';
    for (const id of ['strip', 'hard', 'git', 'all-label']) byId(id).hidden = !isLocal;
    byId('reconcile').hidden = !isLocal && !value.canReconcile;
    for (const part of isLocal ? [stories, strip, git, rows, trouble] : [rows]) part.setSystem(value);
    if (value.trouble) showTrouble(value.trouble);
    // Stand-ins have no pages.
    const servers = [value.gitea, value.registry, value.cluster, value.argocd].filter(
      (one) => one?.url && !one.standIn,
    );
    byId('servers').replaceChildren(
      ...servers.flatMap(({ url }) => [h('a', { href: url, rel: 'noopener' }, url), ' ']),
    );
    show(value.view);
    if (isLocal) timeline.changed();
  },
  happenings(list) {
    for (const happening of list) {
      if (happening.seq <= lastSeq) continue;
      lastSeq = happening.seq;
      const story = stories.add(happening);
      // What was there before is not news: it lights nothing.
      if (happening.seq > hello.last) strip.show(happening, story);
    }
    timeline.changed();
    byId('connection').dataset.seen = String(lastSeq);
  },
  view: show,
  /** Nothing is new: times of the last reading. */
  read(times) {
    for (const [part, at] of Object.entries(times)) view[part] = { ...view[part], at };
    rows.draw(view);
  },
  trouble: showTrouble,
  connected(is) {
    const element = byId('connection');
    element.textContent = is ? 'live' : 'the console does not answer; trying again';
    element.className = is ? 'on' : 'off';
    document.body.classList.toggle('away', !is);
    if (!view) return;
    rows.draw(view);
    showVerdict();
  },
});

const detail = createDetail(connection);
const timeline = createTimeline(stories, { showHop: detail.show });
const strip = createStrip({
  choose(box) {
    const found =
      stories.lastCall(box) ??
      stories.lastInto(box) ??
      (box === 'broker' && stories.lastInto(hello.subscribers[0]?.name));
    if (found) detail.show(found.story, found.hop);
    else toast(`Nothing has reached ${nameOf(box)} yet.`);
  },
});
const git = createGit({ act, versionsOf });
const rows = createRows({ menuOf: git.menuOf, history: connection.history });
const trouble = createTrouble({ act });

byId('reconcile').addEventListener('click', () => {
  if (hello.kind === 'local') act('reconcile');
  else if (confirm(`Make the registry equal Git now? ${whatDiffers()}`)) act('reconcile', { confirm: true });
});
byId('hard').addEventListener('click', () => {
  byId('trouble').hidden = !byId('trouble').hidden;
  byId('hard').setAttribute('aria-expanded', String(!byId('trouble').hidden));
  if (!byId('trouble').hidden) byId('trouble').scrollIntoView({ block: 'nearest' });
});
setTheme(localStorage.getItem('theme') ?? 'system');
byId('theme').addEventListener('click', () => {
  const order = ['system', 'light', 'dark'];
  setTheme(order[(order.indexOf(document.documentElement.dataset.theme ?? 'system') + 1) % order.length]);
});

/** Resolves with whether it was done. */
async function act(name, fields) {
  try {
    toast(await connection.act(name, fields));
    return true;
  } catch (error) {
    toast(error.message, true);
    return false;
  }
}

function show(value) {
  view = value;
  // Menus of rows follow from Git's files.
  git.draw(value.git ?? {}, value.overview.value?.rows ?? []);
  rows.draw(value);
  if (value.recent) timeline.drawRecent(value.recent);
  showVerdict();
}

function showTrouble(value) {
  down = value.down;
  if (view) showVerdict();
  trouble.draw(value);
  strip.setTrouble(value);
  const on =
    value.down.length + Number(value.next !== undefined || value.holding) + Number(value.images?.missNext ?? 0);
  byId('hard').textContent = on > 0 ? `Make it hard (${on} on)` : 'Make it hard';
}

/** Nothing is written anew that says the same, so that it is read out once. */
function showVerdict() {
  const { state, mark, text, more } = verdictOf(view, {
    isAway: document.body.classList.contains('away'),
    isClusterDown: down.includes('cluster'),
  });
  byId('verdict').dataset.state = state;
  for (const [id, words] of [
    ['verdict-mark', mark],
    ['verdict-text', text],
    ['verdict-more', more],
  ])
    say(byId(id), words);
}

/** For the reader who is about to let it be written. */
function whatDiffers() {
  const { state, more } = verdictOf(view, {});
  if (state === 'unknown') return 'It could not be read just now, so nobody knows what differs.';
  return state === 'differs'
    ? `What differs, as far as is known: ${more}. What can be written is written.`
    : 'As far as is known, nothing differs.';
}

function versionsOf(name) {
  return (
    view?.registry?.value?.models.find((model) => model.name === name)?.versions.map((version) => version.name) ?? []
  );
}

function toast(text, bad = false) {
  const toasts = byId('toasts');
  const element = h('p', { class: bad ? 'bad' : '' }, bad ? '✕ ' : '', text);
  toasts.append(element);
  while (toasts.children.length > 4) toasts.firstChild.remove();
  setTimeout(() => element.remove(), bad ? 9_000 : 5_000);
}

function setTheme(theme) {
  if (theme === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  localStorage.setItem('theme', theme);
  byId('theme').setAttribute('aria-label', `Theme: ${theme === 'system' ? 'as the system' : theme}`);
  byId('theme').textContent = { system: '◐', light: '☀', dark: '☾' }[theme];
}
