// The flow as a picture: Gitea, the functions, the broker, the registry, the cluster, and a dot for everything that moves between them.
import { byId, render, s } from './dom.js';
import { createDots } from './flow-dots.js';
import { layout, linesOf } from './layout.js';
import { duration, tone } from './words.js';

const icons = {
  gitea: 'M6 3v10a4 4 0 0 0 4 4h6M6 3a2 2 0 1 0 0 .1M18 17a2 2 0 1 0 0 .1M6 19v-4',
  registry: 'M4 6c0-2 16-2 16 0v12c0 2-16 2-16 0zM4 6c0 2 16 2 16 0M4 12c0 2 16 2 16 0',
};

/**
 * @param {{ choose(box: string): void }} options
 */
export function createFlow({ choose }) {
  const container = byId('picture');
  let system;
  let trouble;
  let width = 0;
  /** What was drawn last. */
  let picture;
  const talks = new Map();
  const last = new Map();
  const dots = createDots();

  // Drawn at the size it is shown in, so that its text is as large as the page's.
  new ResizeObserver(([{ contentRect }]) => {
    const now = Math.round(contentRect.width);
    // Not yet laid out: nothing fits.
    if (now < 240 || Math.abs(now - width) < 2) return;
    width = now;
    if (system) draw();
  }).observe(container);

  return {
    /** @param hello What the console says first. */
    setSystem(hello) {
      system = hello;
      for (const [name, servers] of Object.entries(hello.talksTo)) talks.set(name, new Set(servers));
      draw();
    },
    setTrouble(view) {
      trouble = view;
      if (picture) mark();
    },
    /** One happening, with the story it belongs to. */
    show,
  };

  function draw() {
    if (width === 0) return;
    picture = drawPicture(system, width, choose);
    render(container, picture.svg);
    mark();
  }

  function mark() {
    for (const [name, box] of picture.boxes) {
      const running = trouble?.functions[name];
      const isDown = trouble?.down.includes(name);
      const words = isDown ? 'down' : running === 'ended' ? 'killed' : running === 'starting' ? 'starting' : box.kind;
      const off = isDown || running === 'ended' || running === 'starting';
      box.element.classList.toggle('off', off);
      box.state.textContent = off ? `✕ ${words}` : words;
      const before = last.get(name);
      showLast(box.hop, before?.text, before?.tone);
    }
    for (const [name, path] of picture.paths) {
      const [from, to] = name.split(' ');
      if (path.classList.contains('call')) path.classList.toggle('unused', !talks.get(from)?.has(to));
    }
  }

  function show(happening, story) {
    if (!picture) return;
    if (happening.kind === 'call' && happening.hop) learn(happening.hop, happening.server);
    const { move, note } = stepOf(happening, story, system);
    const path = move && picture.paths.get(`${move.from} ${move.to}`);
    if (path) dots.send(path, picture.layer, story, move.how);
    if (note) say(note);
  }

  function learn(name, server) {
    const servers = talks.get(name) ?? new Set();
    talks.set(name, servers);
    if (servers.has(server)) return;
    servers.add(server);
    mark();
  }

  function say({ name, text, how }) {
    last.set(name, { text, tone: how });
    const box = picture.boxes.get(name);
    if (box) showLast(box.hop, text, how);
  }
}

/** Boxes by name, lines by `from to`, and the layer in which dots move. */
function drawPicture(system, width, choose) {
  const g = layout(system.functions, width, system.cluster !== undefined);
  const svg = s('svg', {
    viewBox: `0 0 ${g.size.join(' ')}`,
    width: g.size[0],
    height: g.size[1],
    role: 'group',
    'aria-label': 'The flow: Gitea, functions, broker and registry',
    class: g.wide ? 'wide' : 'tall',
  });
  const lines = s('g', { class: 'lines' });
  const layer = s('g', { class: 'dots', 'aria-hidden': 'true' });
  // A trigger's subscriber, or where events go that could not be delivered.
  const subscribes = (name) => system.deadLetters === name || system.subscribers.some((one) => one.name === name);
  const paths = new Map();
  for (const { name, d, kind } of linesOf(g, subscribes)) {
    paths.set(name, s('path', { d, class: `line ${kind}`, 'data-line': name }));
  }
  lines.append(...paths.values());
  svg.append(lines, layer, drawClock(g.clock, g.wide, system.reconcileSeconds));
  const boxes = new Map();
  const box = (name, title, place, kind) => {
    boxes.set(name, drawBox({ name, title, kind, isWide: g.wide, choose }, place));
    svg.append(boxes.get(name).element);
  };
  const kindOf = (server) => (server.standIn ? 'stand-in' : 'real server');
  box('gitea', 'Gitea', g.gitea, kindOf(system.gitea));
  box('registry', 'Model Registry', g.registry, kindOf(system.registry));
  if (g.cluster) box('cluster', 'Cluster', g.cluster, kindOf(system.cluster));
  box('broker', 'Broker', g.broker, 'hands each event to its subscribers');
  for (const one of g.functions) box(one.name, one.name, one, 'running');
  return { svg, layer, boxes, paths };
}

/** What a happening is in the picture: a dot from box to box, and what is then written in a box. */
function stepOf(happening, story, { functions, deadLetters }) {
  const { kind, status, failure } = happening;
  const answer = (ms) => `${status ?? 'no answer'} · ${duration(ms)}`;
  if (kind === 'webhook')
    return { move: { from: 'gitea', to: functions[0], how: happening.fate === 'dropped' ? 'lost' : 'go' } };
  if (kind === 'event') {
    const hop = story?.hops.findLast(({ id, seq }) => id === happening.id && seq === happening.seq);
    return hop ? { move: { from: hop.from, to: 'broker', how: 'go' } } : {};
  }
  if (kind === 'attempt' && happening.to !== 'reply') {
    const isTry = happening.to === 'subscriber';
    const [to, how] = [isTry ? happening.trigger : deadLetters, failure ? 'bad' : 'good'];
    const again = isTry && happening.number > 1 ? ` · try ${happening.number}` : '';
    return {
      move: { from: 'broker', to, how: isTry ? how : 'bad' },
      note: { name: to, text: `${answer(happening.ms)}${again}`, how },
    };
  }
  if (kind === 'webhook-answer') {
    const text = `${status || 'no answer'} · ${duration(story?.hops[0]?.ms)}`;
    return { note: { name: functions[0], text, how: tone(status) } };
  }
  if (kind === 'call' && happening.hop) {
    const { hop, server, method } = happening;
    const how = tone(status);
    return {
      move: { from: hop, to: server, how: how === 'good' ? 'call' : 'bad' },
      note: { name: server, text: `${method} · ${status || 'no answer'}`, how },
    };
  }
  return {};
}

function showLast(hop, text = '', how = '') {
  hop.textContent = text;
  hop.setAttribute('class', `last ${how}${hop.classList.contains('hidden') ? ' hidden' : ''}`);
}

function drawClock({ x, y }, wide, seconds) {
  return s(
    'g',
    { class: 'clock', 'aria-hidden': 'true' },
    s('circle', { cx: x, cy: y, r: 10 }),
    s('path', { d: `M${x} ${y - 6}V${y}h4` }),
    s(
      'text',
      { x: x + (wide ? 18 : -18), y: y + 4, class: wide ? '' : 'before' },
      seconds ? `reconciles every ${seconds} s` : 'reconciles when asked',
    ),
  );
}

/** A box with its texts: what it is, how it is (`state`), and what happened there last (`hop`). */
function drawBox({ name, title, kind, isWide, choose }, { x, y, width, height }) {
  const narrow = name === 'broker' && !isWide;
  const center = x + width / 2;
  const hop = s('text', { x: center, y: y + height / 2 + (height > 100 ? 44 : 20), class: 'last' });
  const state = s('text', { x: center, y: y + height / 2 + (height > 100 ? 22 : 5), class: 'state' }, kind);
  const titleText = s('text', { x: center, y: y + height / 2 - (height > 100 ? 0 : 11), class: 'title' }, title);
  if (narrow) for (const text of [hop, state]) text.classList.add('hidden');
  if (name === 'broker' && isWide) {
    titleText.setAttribute('y', y + 20);
    state.setAttribute('y', y + 36);
    hop.setAttribute('class', 'last hidden');
  }
  const element = s(
    'g',
    {
      class: `box ${name === 'broker' ? 'bar' : ''} ${['gitea', 'registry', 'cluster'].includes(name) ? 'server' : ''}`,
      role: 'button',
      tabindex: 0,
      'data-key': `box ${name}`,
      'data-box': name,
      onclick: () => choose(name),
      onkeydown: (event) => {
        if (event.key !== 'Enter' && event.key !== ' ') return;
        event.preventDefault();
        choose(name);
      },
    },
    s('rect', { x, y, width, height, rx: 12 }),
    icons[name] && height > 100
      ? s('path', { class: 'icon', d: icons[name], transform: `translate(${center - 14} ${y + 22}) scale(1.2)` })
      : null,
    titleText,
    state,
    hop,
  );
  return { element, state, hop, kind };
}
