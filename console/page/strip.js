// The way from a merge to the label as one line of names: each lights up when something reaches it, and says what came of it.
import { byId, h, render } from './dom.js';
import { duration, nameOf, tone } from './words.js';

/** ms between two lights of one story, so that one sees the order in which they happened. */
const apart = 140;
/** ms the lights may lag behind what happens; what comes later is not shown. */
const maxLag = 2_500;
/** ms a name stays lit. */
const lit = 900;

/** @param {{ choose(box: string): void }} options */
export function createStrip({ choose }) {
  const container = byId('strip');
  const boxes = new Map();
  let system;
  let trouble;
  let next = 0;

  return {
    setSystem(hello) {
      system = hello;
      const way = ['gitea-source', 'parse', 'registry-writer'];
      const others = hello.functions.filter((name) => !way.includes(name));
      boxes.clear();
      render(
        container,
        ['gitea', 'gitea-source', 'broker', 'parse', 'registry-writer', 'registry'].map(box),
        h('span.gap', { 'aria-hidden': 'true' }),
        [...others, ...(hello.cluster ? ['cluster'] : [])].map(box),
      );
      if (trouble) mark();
    },
    setTrouble(view) {
      trouble = view;
      if (system) mark();
    },
    /** One happening, with the story it belongs to. */
    show(happening, story) {
      const step = stepOf(happening, story, system);
      if (!step) return;
      write(step);
      if (document.hidden) return;
      const now = performance.now();
      const start = Math.max(now, next);
      if (start - now > maxLag) return;
      next = start + apart;
      setTimeout(() => light(step), start - now);
    },
  };

  function box(name) {
    const said = h('small');
    const element = h(
      'button',
      { type: 'button', class: 'box', 'data-box': name, 'data-key': `box ${name}`, onclick: () => choose(name) },
      h('span', nameOf(name)),
      said,
    );
    boxes.set(name, { element, said, text: '' });
    return element;
  }

  function mark() {
    for (const [name, { element, said, text }] of boxes) {
      const state = trouble.down.includes(name) ? 'down' : (trouble.functions[name] ?? 'running');
      const off = state === 'down' || state === 'ended' || state === 'starting';
      element.classList.toggle('off', off);
      said.textContent = off ? `✕ ${state === 'ended' ? 'killed' : state}` : text;
    }
  }

  function write({ to, text }) {
    const found = boxes.get(to);
    if (!found) return;
    found.text = text || found.text;
    if (!found.element.classList.contains('off')) found.said.textContent = found.text;
  }

  function light({ to, how }) {
    const found = boxes.get(to);
    if (!found) return;
    const { element } = found;
    element.dataset.lit = how;
    clearTimeout(found.timer);
    found.timer = setTimeout(() => delete element.dataset.lit, lit);
  }
}

/** What a happening reaches, and what is then written there. */
function stepOf(happening, story, { functions, deadLetters }) {
  const { kind, status, failure, ms } = happening;
  const answer = (took) => `${status || 'no answer'} · ${duration(took)}`;
  if (kind === 'webhook')
    return {
      to: 'gitea',
      how: happening.fate === 'dropped' ? 'lost' : 'go',
      text: happening.fate === 'dropped' ? 'webhook lost' : 'webhook sent',
    };
  if (kind === 'event') return { to: 'broker', how: 'go' };
  if (kind === 'attempt' && happening.to === 'subscriber')
    return {
      to: happening.trigger,
      how: failure ? 'bad' : 'good',
      text: answer(ms) + (happening.number > 1 ? ` · try ${happening.number}` : ''),
    };
  if (kind === 'attempt' && happening.to !== 'reply') return { to: deadLetters, how: 'bad', text: answer(ms) };
  if (kind === 'webhook-answer') return { to: functions[0], how: tone(status), text: answer(story?.hops[0]?.ms) };
  if (kind === 'call' && happening.hop)
    return { to: happening.server, how: tone(status), text: `${happening.method} · ${status || 'no answer'}` };
  return undefined;
}
