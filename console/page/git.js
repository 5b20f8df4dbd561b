// Git: open pull requests to merge, the files that say what runs where, and the history to take back.
import { byId, h, render } from './dom.js';
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
  const form = byId('form');
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
            pulls.map((pull) => pullRow(pull, ours)),
          ),
      h('h3', {}, 'What runs where'),
      h(
        'ul',
        { class: 'plain' },
        files.map((file) => fileRow(file, ours)),
      ),
      filesInAll > files.length
        ? h('p', { class: 'hint' }, `${count(filesInAll - files.length, 'more file')} not shown`)
        : null,
      h('h3', {}, 'History'),
      h(
        'ul',
        { class: 'plain history' },
        history.slice(0, 12).map((commit, i) => commitRow(commit, ours && i < history.length - 1)),
      ),
    );
  }

  function pullRow({ number, title, author, mergeable, head }, ours) {
    const id = `style-${number}`;
    return h(
      'li',
      { class: 'pull', 'data-pull': number },
      h('p', { class: 'title' }, h('strong', {}, `#${number} `), title),
      h('p', { class: 'hint' }, `${author} · ${head}${mergeable ? '' : ' · conflicts with the branch'}`),
      ours
        ? h(
            'div',
            { class: 'row' },
            h('label', { class: 'visually-hidden', for: id }, `Merge style for #${number}`),
            h(
              'select',
              { id, 'data-key': id },
              hello.mergeStyles.map((style) => h('option', { value: style }, styleWords[style] ?? style)),
            ),
            h(
              'button',
              {
                type: 'button',
                class: 'primary',
                'data-key': `merge ${number}`,
                'aria-label': `Merge #${number}`,
                onclick: () => act('merge', { number, style: byId(id).value }),
              },
              'Merge',
            ),
            h(
              'button',
              {
                type: 'button',
                class: 'quiet',
                'data-key': `close ${number}`,
                'aria-label': `Close #${number} without a merge`,
                onclick: () => act('close-request', { number }),
              },
              'Close',
            ),
          )
        : null,
    );
  }

  function fileRow({ path, environment, application, text }, ours) {
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
      ours
        ? h(
            'div',
            { class: 'row small' },
            version
              ? button(
                  'Promote',
                  `Promote another version of ${application} to ${environment}`,
                  `promote ${path}`,
                  () => promoteForm(path, application, environment, version),
                )
              : null,
            text === undefined ? null : button('Edit', `Edit ${path}`, `edit ${path}`, () => editForm(path, text)),
            button('Delete', `Delete ${application} from ${environment}`, `delete ${path}`, () =>
              deleteForm(path, application, environment),
            ),
          )
        : null,
    );
  }

  function commitRow({ id, title, author, at, parents }, ours) {
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
      ours
        ? button('Revert', `Revert ${short(id)}, ${title}`, `revert ${id}`, () => act('revert', { commit: id }))
        : null,
    );
  }

  function button(text, label, key, onclick) {
    return h('button', { type: 'button', class: 'quiet', 'aria-label': label, 'data-key': key, onclick }, text);
  }

  function promoteForm(path, application, environment, version) {
    const known = versionsOf(application).filter((name) => name !== version);
    open(
      `Promote ${application} to ${environment}`,
      [
        h('label', { for: 'version' }, `New version (now ${version})`),
        h('input', {
          id: 'version',
          name: 'version',
          list: 'versions',
          required: true,
          autocomplete: 'off',
          value: known[0] ?? '',
        }),
        h(
          'datalist',
          { id: 'versions' },
          known.map((name) => h('option', { value: name })),
        ),
        h(
          'p',
          { class: 'hint' },
          'Opens a pull request, as the training pipeline does. Any text will do: a version that is not registered is a case worth seeing.',
        ),
      ],
      'Open pull request',
      (data) => act('promote', { path, version: data.get('version') }),
    );
  }

  function editForm(path, text) {
    open(
      `Edit ${path}`,
      [
        h('label', { for: 'text' }, 'Content'),
        h('textarea', { id: 'text', name: 'text', rows: 12, spellcheck: 'false' }, text),
        h(
          'p',
          { class: 'hint' },
          'A commit on the branch itself. Try another version, a broken file, or no version at all.',
        ),
      ],
      'Commit',
      (data) => act('edit', { path, text: data.get('text').replaceAll('\r\n', '\n') }),
    );
  }

  function deleteForm(path, application, environment) {
    open(
      `Delete ${application} from ${environment}?`,
      [
        h(
          'p',
          {},
          `The file ${path} goes, by a commit on the branch. The label goes with it when nothing else deploys that version.`,
        ),
      ],
      'Delete',
      () => act('delete', { path }),
    );
  }

  function open(title, fields, verb, submit) {
    render(
      form,
      h(
        'form',
        {
          method: 'dialog',
          class: 'sheet',
          onsubmit: (event) => {
            event.preventDefault();
            form.close();
            submit(new FormData(event.target));
          },
        },
        h('header', {}, h('h2', { id: 'form-title' }, title)),
        fields,
        h(
          'div',
          { class: 'row end' },
          h('button', { type: 'button', class: 'quiet', onclick: () => form.close() }, 'Cancel'),
          h('button', { type: 'submit', class: 'primary' }, verb),
        ),
      ),
    );
    form.showModal();
    form.querySelector('input, textarea, button.primary')?.focus();
  }
}

/** Only to show it in the list; what a file means, the functions say. */
function versionIn(text = '') {
  return /^version:[ \t]*["']?([^"'\s#]+)/m.exec(text)?.[1];
}
