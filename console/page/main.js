// Puts the page together: what comes from the console goes to its parts, what the reader does goes to the console.
import { createDetail } from './detail.js';
import { byId, h } from './dom.js';
import { createFlow } from './flow.js';
import { createGit } from './git.js';
import { connect } from './live.js';
import { createRegistry } from './registry.js';
import { createStories } from './stories.js';
import { createTimeline } from './timeline.js';
import { createTrouble } from './trouble.js';
import { clock, count } from './words.js';

const stories = createStories();
let hello;
let view;
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
    for (const part of [stories, flow, git, registry, trouble]) part.setSystem(value);
    trouble.draw(value.trouble);
    flow.setTrouble(value.trouble);
    const servers = [value.gitea, value.registry, value.cluster].filter(Boolean);
    byId('servers').textContent = servers.map(({ url }) => url).join(' · ');
    show(value.view);
    timeline.changed();
  },
  happenings(list) {
    for (const happening of list) {
      if (happening.seq <= lastSeq) continue;
      lastSeq = happening.seq;
      const story = stories.add(happening);
      // What was there before is not news: no dots for it.
      if (happening.seq > hello.last) flow.show(happening, story);
    }
    timeline.changed();
    byId('connection').dataset.seen = String(lastSeq);
  },
  view: show,
  trouble(value) {
    trouble.draw(value);
    flow.setTrouble(value);
  },
  connected(is) {
    const element = byId('connection');
    element.textContent = is ? 'live' : 'the console does not answer; trying again';
    element.className = is ? 'on' : 'off';
  },
});

const detail = createDetail(connection);
const timeline = createTimeline(stories, { showHop: detail.show });
const flow = createFlow({
  choose(box) {
    const found = stories.lastInto(box) ?? (box === 'broker' && stories.lastInto(hello.subscribers[0]?.name));
    const withCalls =
      ['registry', 'cluster'].includes(box) &&
      stories
        .list()
        .flatMap((story) => story.hops.map((hop) => ({ story, hop })))
        .find(({ hop }) => hop.calls.some(({ server }) => server === box));
    const chosen = withCalls || found;
    if (chosen) detail.show(chosen.story, chosen.hop);
    else toast(`Nothing has gone through ${box} yet.`);
  },
});
const git = createGit({ act, versionsOf });
const registry = createRegistry();
const trouble = createTrouble({ act });

byId('reconcile').addEventListener('click', () => act('reconcile'));
setTheme(localStorage.getItem('theme') ?? 'system');
byId('theme').addEventListener('click', () => {
  const order = ['system', 'light', 'dark'];
  setTheme(order[(order.indexOf(document.documentElement.dataset.theme ?? 'system') + 1) % order.length]);
});

async function act(name, fields) {
  try {
    toast(await connection.act(name, fields));
  } catch (error) {
    toast(error.message, true);
  }
}

function show(value) {
  view = value;
  git.draw(value.git);
  registry.draw(value);
  verdict(value);
}

function versionsOf(name) {
  return (
    view?.registry.value?.models.find((model) => model.name === name)?.versions.map((version) => version.name) ?? []
  );
}

/** The one line that everything here is about. */
function verdict({ comparison: { value, error, at }, registry: { error: registryError }, git: { error: gitError } }) {
  const element = byId('verdict');
  const set = (state, mark, text, more) => {
    if (
      element.dataset.state === state &&
      byId('verdict-text').textContent === text &&
      byId('verdict-more').textContent === more
    )
      return;
    element.dataset.state = state;
    byId('verdict-mark').textContent = mark;
    byId('verdict-text').textContent = text;
    byId('verdict-more').textContent = more;
  };
  if (error) {
    const who = gitError ? 'Git' : registryError ? 'The registry' : 'One of them';
    return set('unknown', '?', `${who} does not answer`, at ? `compared last at ${clock(at)}` : error);
  }
  if (!value) return set('unknown', '…', 'Comparing', '');
  const differ = value.models.filter(({ drift }) => drift);
  const labels = differ.filter(({ same }) => !same);
  const left = value.models.filter(({ same, drift }) => !same && !drift);
  if (labels.length > 0)
    return set('differs', '≠', 'The registry differs from Git', `${names(labels)}: the next reconcile corrects it`);
  if (differ.length > 0) return set('partly', '≈', 'Labels in sync, deployment records incomplete', names(differ));
  if (left.length > 0) return set('left', '!', 'In sync as far as possible now', names(left));
  const compared = `${count(value.models.length, 'model')} compared`;
  const inPhase = (...phases) => value.models.filter(({ cluster }) => phases.includes(cluster?.phase));
  const unserved = inPhase('failed', 'drifted', 'unknown');
  if (unserved.length > 0)
    return set('unserved', '!', 'In sync, but the cluster does not serve it', `${names(unserved)}: see its rollout`);
  const underWay = inPhase('progressing');
  const more = underWay.length > 0 ? `; ${names(underWay)} is being rolled out` : '';
  return set('same', '✓', 'The registry is in sync with Git', compared + more);
}

function names(models) {
  return models.map(({ environment, model }) => `${model} (${environment})`).join(', ');
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
