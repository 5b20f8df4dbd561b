// The flow as a picture: Gitea, the functions, the broker, the registry, and a dot for everything that moves between them.
import { byId, render, s, still } from './dom.js';
import { layout, linesOf } from './layout.js';
import { duration, tone } from './words.js';

/** ms a dot takes from box to box: slower than the event itself, so that one can see it. */
const travel = 700;
/** ms between the beginnings of two dots of one story, so that they follow each other. */
const apart = 320;
/** ms a story's dots may lag behind; what comes later is not drawn. */
const maxLag = 6_000;
/** Dots at once. */
const maxDots = 24;

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
  let isWide = true;
  let svg;
  let layer;
  const boxes = new Map();
  const paths = new Map();
  const talks = new Map();
  const last = new Map();
  const lag = new Map();
  let dots = 0;

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
      if (svg) mark();
    },
    /** One happening, with the story it belongs to. */
    show,
  };

  function draw() {
    if (width === 0) return;
    const g = layout(system.functions, width);
    isWide = g.wide;
    boxes.clear();
    paths.clear();
    svg = s('svg', {
      viewBox: `0 0 ${g.size.join(' ')}`,
      width: g.size[0],
      height: g.size[1],
      role: 'group',
      'aria-label': 'The flow: Gitea, functions, broker and registry',
      class: g.wide ? 'wide' : 'tall',
    });
    const lines = s('g', { class: 'lines' });
    layer = s('g', { class: 'dots', 'aria-hidden': 'true' });
    svg.append(lines, layer);
    for (const { name, d, kind } of linesOf(g, subscribes)) {
      const path = s('path', { d, class: `line ${kind}`, 'data-line': name });
      paths.set(name, path);
      lines.append(path);
    }
    const { gitea, registry, broker, functions, clock, wide } = g;
    svg.append(
      s(
        'g',
        { class: 'clock', 'aria-hidden': 'true' },
        s('circle', { cx: clock.x, cy: clock.y, r: 10 }),
        s('path', { d: `M${clock.x} ${clock.y - 6}V${clock.y}h4` }),
        s(
          'text',
          { x: clock.x + (wide ? 18 : -18), y: clock.y + 4, class: wide ? '' : 'before' },
          system.reconcileSeconds ? `reconciles every ${system.reconcileSeconds} s` : 'reconciles when asked',
        ),
      ),
    );
    box('gitea', 'Gitea', gitea, system.gitea.standIn ? 'stand-in' : 'real server');
    box('registry', 'Model Registry', registry, system.registry.standIn ? 'stand-in' : 'real server');
    box('broker', 'Broker', broker, 'hands each event to its subscribers');
    for (const one of functions) box(one.name, one.name, one, 'running');
    render(container, svg);
    mark();
  }

  /** A trigger's subscriber, or where events go that could not be delivered. */
  function subscribes(name) {
    return system.deadLetters === name || system.subscribers.some((one) => one.name === name);
  }

  function box(name, title, { x, y, width, height }, kind) {
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
        class: `box ${name === 'broker' ? 'bar' : ''} ${['gitea', 'registry'].includes(name) ? 'server' : ''}`,
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
    boxes.set(name, { element, state, hop, kind, title });
    svg.append(element);
  }

  function mark() {
    for (const [name, box] of boxes) {
      const running = trouble?.functions[name];
      const isDown = trouble?.down.includes(name);
      const words = isDown ? 'down' : running === 'ended' ? 'killed' : running === 'starting' ? 'starting' : box.kind;
      const off = isDown || running === 'ended' || running === 'starting';
      box.element.classList.toggle('off', off);
      box.state.textContent = off ? `✕ ${words}` : words;
      const before = last.get(name);
      box.hop.textContent = before?.text ?? '';
      box.hop.setAttribute(
        'class',
        `last ${before?.tone ?? ''}${box.hop.classList.contains('hidden') ? ' hidden' : ''}`,
      );
    }
    for (const [name, path] of paths) {
      const [from, to] = name.split(' ');
      if (path.classList.contains('call')) path.classList.toggle('unused', !talks.get(from)?.has(to));
    }
  }

  function show(happening, story) {
    if (!svg) return;
    const { kind, status } = happening;
    if (kind === 'webhook') dot('gitea', system.functions[0], story, happening.fate === 'dropped' ? 'lost' : 'go');
    else if (kind === 'event') {
      const hop = story?.hops.findLast(({ id, seq }) => id === happening.id && seq === happening.seq);
      if (hop) dot(hop.from, 'broker', story, 'go');
    } else if (kind === 'attempt' && happening.to === 'subscriber') {
      dot('broker', happening.trigger, story, happening.failure ? 'bad' : 'good');
      note(
        happening.trigger,
        `${status ?? 'no answer'} · ${duration(happening.ms)}${happening.number > 1 ? ` · try ${happening.number}` : ''}`,
        happening.failure ? 'bad' : 'good',
      );
    } else if (kind === 'attempt' && happening.to === 'dead-letter-sink') {
      dot('broker', system.deadLetters, story, 'bad');
      note(
        system.deadLetters,
        `${status ?? 'no answer'} · ${duration(happening.ms)}`,
        happening.failure ? 'bad' : 'good',
      );
    } else if (kind === 'webhook-answer') {
      const hop = story?.hops[0];
      note(system.functions[0], `${status || 'no answer'} · ${duration(hop?.ms)}`, tone(status));
    } else if (kind === 'call' && happening.hop) {
      learn(happening.hop, happening.server);
      dot(happening.hop, happening.server, story, tone(status) === 'good' ? 'call' : 'bad');
      note(happening.server, `${happening.method} · ${status || 'no answer'}`, tone(status));
    }
  }

  function learn(name, server) {
    const servers = talks.get(name) ?? new Set();
    talks.set(name, servers);
    if (servers.has(server)) return;
    servers.add(server);
    mark();
  }

  function note(name, text, how) {
    last.set(name, { text, tone: how });
    const box = boxes.get(name);
    if (!box) return;
    box.hop.textContent = text;
    box.hop.setAttribute('class', `last ${how}${box.hop.classList.contains('hidden') ? ' hidden' : ''}`);
  }

  function dot(from, to, story, how) {
    const path = paths.get(`${from} ${to}`);
    if (!path) return;
    const now = performance.now();
    const key = story?.key ?? '';
    const start = Math.max(now, lag.get(key) ?? 0);
    if (start - now > maxLag || dots >= maxDots || document.hidden) return;
    // Calls come in quick succession, so their dots follow each other closely.
    lag.set(key, start + (how === 'call' ? apart / 3 : apart));
    if (lag.size > 200) lag.delete(lag.keys().next().value);
    dots += 1;
    setTimeout(() => {
      flash(path, how);
      if (still()) {
        dots -= 1;
        return;
      }
      const circle = s('circle', { r: how === 'call' ? 4 : 6, class: `dot ${how}` });
      const move = s('animateMotion', {
        dur: `${travel}ms`,
        path: path.getAttribute('d'),
        fill: 'freeze',
        begin: 'indefinite',
        calcMode: 'spline',
        keyTimes: '0;1',
        keySplines: '.4 0 .2 1',
        ...(how === 'lost' ? { keyPoints: '0;0.55' } : { keyPoints: '0;1' }),
      });
      circle.append(move);
      layer.append(circle);
      move.beginElement();
      setTimeout(
        () => {
          circle.remove();
          dots -= 1;
        },
        how === 'lost' ? travel * 2.4 : travel,
      );
    }, start - now);
  }

  function flash(path, how) {
    path.classList.remove('go', 'good', 'bad', 'call-on', 'lost');
    const name = how === 'call' ? 'call-on' : how;
    path.classList.add(name);
    setTimeout(() => path.classList.remove(name), travel * 1.6);
  }
}
