// Switches for what can go wrong on the way.
import { button, byId, h, render } from './dom.js';

const nextWords = {
  lose: ['Lose it', 'It never arrives. The next reconcile finds the difference.'],
  double: ['Double it', 'It arrives twice. The second one writes nothing.'],
  delay: ['Delay it', 'It arrives late. What counts is the branch at that moment.'],
  reorder: ['Reorder it', 'It is held until the next one has been sent. Nothing goes back to the older version.'],
  tamper: ['Tamper with it', 'It is changed on the way. Its signature is wrong, and it is refused.'],
};
const serverWords = { gitea: 'Gitea', broker: 'Broker', registry: 'Registry' };

/** @param {{ act(name: string, fields?: object): Promise<void> }} options */
export function createTrouble({ act }) {
  const body = byId('switches');
  let hello;
  return {
    setSystem: (value) => {
      hello = value;
    },
    draw(view) {
      render(
        body,
        webhooks(view, hello, act),
        servers(view, hello, act),
        view.images ? rollouts(view.images, act) : null,
        people(hello, act),
        functions(view, hello, act),
      );
    },
  };
}

const whyNot = (is, name) => (is.standIn ? undefined : `${name} is a real server and left alone`);

function webhooks(view, { gitea, nextFaults }, act) {
  return group(
    'The next webhook',
    whyNot(gitea, 'Gitea'),
    nextFaults.map((fault) => {
      const [text, title] = nextWords[fault] ?? [fault, ''];
      const on = view.next === fault;
      return toggle(text, `next ${fault}`, on, !gitea.standIn, title, () =>
        act('next', { fault: on ? undefined : fault }),
      );
    }),
    view.next
      ? h(
          'p',
          { class: 'hint' },
          `Waits for the next push to the branch: merge or edit something. ${nextWords[view.next]?.[1] ?? ''}`,
        )
      : null,
    view.holding
      ? h(
          'p',
          { class: 'remark' },
          'One webhook is held back. ',
          button('quiet', 'Let it go', 'release', () => act('release')),
        )
      : null,
  );
}

function servers(view, { gitea, registry, cluster }, act) {
  return group(
    'Take down',
    undefined,
    Object.entries({ ...serverWords, ...(cluster && { cluster: 'Cluster' }) }).map(([server, text]) => {
      const real = (server === 'gitea' && !gitea.standIn) || (server === 'registry' && !registry.standIn);
      const on = view.down.includes(server);
      return toggle(
        on ? `${text} is down` : text,
        `down ${server}`,
        on,
        real,
        real ? `${text} is a real server and left alone` : 'It refuses every connection until it is switched back',
        () => act('down', { server, down: !on }),
      );
    }),
  );
}

function rollouts({ missNext, missing }, act) {
  return group(
    'The next rollout',
    undefined,
    toggle(
      'Its image is missing',
      'miss-image',
      missNext,
      false,
      'Its Pods cannot start. The old version goes on serving.',
      () => act('miss-image', { on: !missNext }),
    ),
    missing.map((uri) => {
      const image = uri.split('/').at(-1);
      return button('chip', `Push ${image}`, `push ${uri}`, () => act('push-image', { uri }), {
        title: 'The image was missing. The cluster tries again by itself, and the rollout goes on.',
      });
    }),
    missNext ? h('p', { class: 'hint' }, 'Waits for the next version: merge a promotion.') : null,
  );
}

function people({ registry }, act) {
  return group(
    'Somebody else',
    whyNot(registry, 'The registry'),
    button('chip', 'A colleague moves a label', 'colleague', () => act('colleague'), {
      disabled: !registry.standIn,
      title: 'Takes the label off the right version and puts it on a wrong one',
    }),
    button('chip', 'A stranger forges an event', 'forge', () => act('forge-event'), {
      title: 'An event that is not signed with the key: registry-writer refuses it',
    }),
  );
}

function functions(view, hello, act) {
  return group(
    'Kill a function',
    undefined,
    hello.functions.map((name) => {
      const state = view.functions[name];
      const off = state !== 'running';
      const text = off ? `${name}: ${state}` : name;
      return button('chip', text, `kill ${name}`, () => act('kill', { function: name }), {
        'aria-label': `Kill ${name}`,
        disabled: off,
        title: 'Ends at once, and is started again',
      });
    }),
  );
}

function group(title, why, ...children) {
  return h(
    'fieldset',
    { class: 'group' },
    h('legend', {}, title),
    why ? h('p', { class: 'hint' }, why) : null,
    h(
      'div',
      { class: 'chips' },
      children.flat().filter((child) => child?.tagName === 'BUTTON'),
    ),
    children.flat().filter((child) => child && child.tagName !== 'BUTTON'),
  );
}

function toggle(text, key, on, disabled, title, onclick) {
  const mark = on ? h('span', { 'aria-hidden': 'true' }, '✕ ') : null;
  return button('chip', [mark, text], key, onclick, { 'aria-pressed': String(on), disabled, title });
}
