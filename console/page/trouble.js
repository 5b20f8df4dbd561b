// Make it hard: what can go wrong on the way, one line each on what will happen, and how it is undone.
import { button, byId, h, render } from './dom.js';

const nextWords = {
  lose: ['Lose it', 'It never arrives. The next reconcile finds the difference.'],
  double: ['Double it', 'It arrives twice. The second one writes nothing.'],
  delay: ['Delay it', 'It arrives late. What counts is the branch at that moment.'],
  reorder: ['Reorder it', 'It is held until the next one has been sent. Nothing goes back to the older version.'],
  tamper: ['Tamper with it', 'It is changed on the way. Its signature is wrong, and it is refused.'],
};

const words = { gitea: 'Gitea', broker: 'the broker', registry: 'the registry', cluster: 'the cluster' };

/** @param {{ act(name: string, fields?: object): Promise<boolean> }} options */
export function createTrouble({ act }) {
  let hello;
  return {
    setSystem: (value) => {
      hello = value;
    },
    draw(view) {
      render(
        byId('switches'),
        webhooks(view),
        servers(view),
        view.images ? rollouts(view.images) : null,
        people(),
        functions(view),
      );
    },
  };

  function webhooks({ next, holding }) {
    return group(
      'The next webhook',
      hello.gitea.standIn
        ? 'Choose, then merge something. Undo: choose it again before the merge; afterwards press Reconcile now.'
        : 'Gitea is a real server and left alone.',
      hello.nextFaults.map((fault) => {
        const [text, what] = nextWords[fault] ?? [fault, ''];
        return line(
          toggle(text, `next ${fault}`, next === fault, !hello.gitea.standIn, () =>
            act('next', { fault: next === fault ? undefined : fault }),
          ),
          what,
        );
      }),
      holding
        ? line(
            button('chip', 'Let it go', 'release', () => act('release')),
            'One webhook is held back.',
          )
        : null,
    );
  }

  function servers({ down }) {
    const names = ['gitea', 'broker', 'registry', ...(hello.cluster ? ['cluster'] : [])];
    const isReal = (name) => ['gitea', 'registry'].includes(name) && !hello[name].standIn;
    return group(
      'Stop a server',
      `It refuses every connection. Undo: start it again.${names.some(isReal) ? ' A real server is left alone.' : ''}`,
      h(
        'div.chips',
        names.map((name) => {
          const isDown = down.includes(name);
          return toggle(
            isDown ? `Start ${words[name]} again` : `Stop ${words[name]}`,
            `down ${name}`,
            isDown,
            isReal(name),
            () => act('down', { server: name, down: !isDown }),
          );
        }),
      ),
    );
  }

  function rollouts({ missNext, missing }) {
    return group(
      'The next rollout',
      undefined,
      line(
        toggle('Its image is missing', 'miss-image', missNext, false, () => act('miss-image', { on: !missNext })),
        'The Pods of the next version cannot start; the old version goes on serving. Undo: promote another version, or push the image.',
      ),
      missing.map((uri) =>
        line(
          button('chip', `Push ${uri.split('/').at(-1)}`, `push ${uri}`, () => act('push-image', { uri })),
          'The cluster tries again by itself.',
        ),
      ),
    );
  }

  function people() {
    return group(
      'Somebody else',
      undefined,
      line(
        button('chip', 'A colleague moves a label', 'colleague', () => act('colleague'), {
          disabled: !hello.registry.standIn,
        }),
        'It goes from the right version to a wrong one. Undo: Reconcile now.',
      ),
      line(
        button('chip', 'A stranger forges an event', 'forge', () => act('forge-event')),
        'It is not signed with the key, so it is refused. There is nothing to undo.',
      ),
    );
  }

  function functions({ functions: states }) {
    return group(
      'Kill a function',
      'It ends at once and is started again. A webhook that meets a dead gitea-source is gone: press Reconcile now.',
      h(
        'div.chips',
        hello.functions.map((name) => {
          const state = states[name];
          const off = state !== 'running';
          return button(
            'chip',
            off ? `${name}: ${state}` : name,
            `kill ${name}`,
            () => act('kill', { function: name }),
            { 'aria-label': `Kill ${name}`, disabled: off },
          );
        }),
      ),
    );
  }
}

function group(title, hint, ...children) {
  return h('fieldset.group', h('legend', title), hint ? h('p.hint', hint) : null, children);
}

const line = (control, text) => h('div.switch', control, h('p', text));

function toggle(text, key, on, disabled, onclick) {
  const mark = on ? h('span', { 'aria-hidden': 'true' }, '✕ ') : null;
  return button('chip', [mark, text], key, onclick, { 'aria-pressed': String(on), disabled });
}
