// Git: open pull requests to merge, the files that say what runs where, and the history to take back.
import { button, byId, h, render } from './dom.js';
import { createForms } from './git-forms.js';
import { count, moment, short } from './words.js';

const styleWords = {
  merge: 'Merge commit',
  squash: 'Squash',
  rebase: 'Rebase',
  'rebase-merge': 'Rebase + merge commit',
  'fast-forward-only': 'Fast-forward',
};

/** @param {{ act(name: string, fields: object): Promise<void>, versionsOf(model: string): string[] }} options */
export function createGit({ act, versionsOf }) {
  const body = byId('git-body');
  const forms = createForms({ act, versionsOf });
  let hello;
  return {
    setSystem: (value) => {
      hello = value;
    },
    draw,
  };

  function draw({ value, error }) {
    const hint = byId('git-hint');
    if (!value) {
      hint.textContent = error ?? 'reading';
      return;
    }
    const { pulls, files, history, repository, branch, head, filesInAll } = value;
    render(
      hint,
      h('span', {}, `${repository}, ${branch} at ${short(head)}`),
      error ? h('strong', { class: 'stale' }, ` · not up to date: ${error}`) : null,
    );
    const ours = hello.gitea.standIn;
    render(
      body,
      ours
        ? null
        : h('p', { class: 'remark' }, 'This is a real Gitea: merge and edit there. The console only reads it.'),
      h('h3', {}, 'Open pull requests'),
      pulls.length === 0
        ? h('p', { class: 'empty' }, 'None is open.', ours ? ' Promote a version below.' : '')
        : h(
            'ul',
            { class: 'plain' },
            pulls.map((pull) => pullRow(pull, ours && hello.mergeStyles, act)),
          ),
      h('h3', {}, 'What runs where'),
      h(
        'ul',
        { class: 'plain' },
        files.map((file) => fileRow(file, ours && forms)),
      ),
      filesInAll > files.length
        ? h('p', { class: 'hint' }, `${count(filesInAll - files.length, 'more file')} not shown`)
        : null,
      h('h3', {}, 'History'),
      h(
        'ul',
        { class: 'plain history' },
        history.slice(0, 12).map((commit, i) => commitRow(commit, ours && i < history.length - 1 && act)),
      ),
    );
  }
}

/** `styles`: how it may be merged; without them it is only shown, as the other rows without their last argument. */
function pullRow({ number, title, author, mergeable, head }, styles, act) {
  const id = `style-${number}`;
  return h(
    'li',
    { class: 'pull', 'data-pull': number },
    h('p', { class: 'title' }, h('strong', {}, `#${number} `), title),
    h('p', { class: 'hint' }, `${author} · ${head}${mergeable ? '' : ' · conflicts with the branch'}`),
    styles
      ? h(
          'div',
          { class: 'row' },
          h('label', { class: 'visually-hidden', for: id }, `Merge style for #${number}`),
          h(
            'select',
            { id, 'data-key': id },
            styles.map((style) => h('option', { value: style }, styleWords[style] ?? style)),
          ),
          button('primary', 'Merge', `merge ${number}`, () => act('merge', { number, style: byId(id).value }), {
            'aria-label': `Merge #${number}`,
          }),
          labelled('Close', `Close #${number} without a merge`, `close ${number}`, () =>
            act('close-request', { number }),
          ),
        )
      : null,
  );
}

function fileRow({ path, environment, application, text }, forms) {
  const version = versionIn(text);
  return h(
    'li',
    { class: 'file', 'data-file': path },
    h(
      'div',
      {},
      h('span', { class: 'env' }, environment),
      ' ',
      h('strong', {}, application),
      version ? h('code', {}, version) : h('span', { class: 'hint' }, ' no model'),
    ),
    forms
      ? h(
          'div',
          { class: 'row small' },
          version
            ? labelled(
                'Promote',
                `Promote another version of ${application} to ${environment}`,
                `promote ${path}`,
                () => forms.promoteForm(path, application, environment, version),
              )
            : null,
          text === undefined
            ? null
            : labelled('Edit', `Edit ${path}`, `edit ${path}`, () => forms.editForm(path, text)),
          labelled('Delete', `Delete ${application} from ${environment}`, `delete ${path}`, () =>
            forms.deleteForm(path, application, environment),
          ),
        )
      : null,
  );
}

function commitRow({ id, title, author, at, parents }, act) {
  return h(
    'li',
    { class: 'commit', 'data-commit': id },
    h(
      'div',
      {},
      h('code', {}, short(id)),
      ' ',
      title,
      h('p', { class: 'hint' }, `${author}, ${moment(at)}${parents > 1 ? ' · merge' : ''}`),
    ),
    act
      ? labelled('Revert', `Revert ${short(id)}, ${title}`, `revert ${id}`, () => act('revert', { commit: id }))
      : null,
  );
}

function labelled(text, label, key, onclick) {
  return button('quiet', text, key, onclick, { 'aria-label': label });
}

/** Only to show it in the list; what a file means, the functions say. */
function versionIn(text = '') {
  return /^version:[ \t]*["']?([^"'\s#]+)/m.exec(text)?.[1];
}
