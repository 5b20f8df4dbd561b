// What people do to Git from this page: merge the open pull requests, change the file behind a row, take a commit back.
import { button, byId, h, render } from './dom.js';
import { createForms } from './git-forms.js';
import { commitTitle, count, moment, short } from './words.js';

const styleWords = {
  merge: 'Merge commit',
  squash: 'Squash',
  rebase: 'Rebase',
  'rebase-merge': 'Rebase + merge commit',
  'fast-forward-only': 'Fast-forward',
};

/** @param {{ act(name: string, fields: object): Promise<boolean>, versionsOf(model: string): string[] }} options */
export function createGit({ act, versionsOf }) {
  const forms = createForms({ act, versionsOf });
  let hello;
  let files = [];
  /** Looked up when it is asked for: a row that says the same is not drawn anew. */
  const textOf = (path) => files.find((file) => file.path === path)?.text ?? '';
  const isOurs = () => Boolean(hello?.gitea.standIn);
  return {
    setSystem: (value) => {
      hello = value;
    },
    draw,
    /** The menu of a row: what can be done to its files. Null where Git is only read. */
    menuOf(row) {
      const own = isOurs() ? files.filter((file) => isOf(file, row)) : [];
      return own.length === 0 ? null : menu(`Change ${row.model} in ${row.environment}`, own.flatMap(choices));
    },
  };

  /** `rows`: as they are shown, so that files of none of them can be told. */
  function draw({ value, error }, rows) {
    if (!value) return;
    files = value.files;
    const { pulls, history, filesInAll } = value;
    const requests = byId('requests');
    render(
      requests,
      isOurs() ? null : h('p.hint', 'This is a real Gitea: merge and edit there. The console only reads it.'),
      pulls.length > 0
        ? h(
            'ul.requests',
            { 'aria-label': 'Open pull requests' },
            pulls.map((pull) => request(pull, isOurs() && hello.mergeStyles, { act, isDown: Boolean(error) })),
          )
        : null,
    );
    const others = files.filter((file) => !rows.some((row) => isOf(file, row)));
    render(
      byId('git-body'),
      error ? h('p.hint', 'Gitea does not answer; this is what it said last.') : null,
      h(
        'ul.plain',
        history.slice(0, 12).map((commit, i) => commitRow(commit, isOurs() && i < history.length - 1 && act)),
      ),
      others.length > 0 ? h('h3', 'Deployment files without a row above') : null,
      h(
        'ul.plain',
        others.map((file) =>
          h(
            'li.commit',
            { 'data-file': file.path },
            h('div', h('code', file.path)),
            isOurs() ? menu(`Change ${file.path}`, choices(file)) : null,
          ),
        ),
      ),
      filesInAll > files.length ? h('p.hint', `${count(filesInAll - files.length, 'more file')} not shown`) : null,
    );
  }

  function choices({ path, environment, application, text }) {
    const version = versionIn(text);
    return [
      version
        ? choice(
            `Promote another version of ${application} to ${environment}`,
            'Promote another version',
            `promote ${path}`,
            () => forms.promoteForm(path, application, environment, version),
          )
        : null,
      text === undefined
        ? null
        : choice(`Edit ${path}`, 'Edit', `edit ${path}`, () => forms.editForm(path, textOf(path))),
      choice(`Delete ${application} from ${environment}`, 'Delete', `delete ${path}`, () =>
        forms.deleteForm(path, application, environment),
      ),
    ];
  }
}

function isOf({ environment, application }, row) {
  return (
    row.environment === environment &&
    (row.model === application || row.git.some(({ applications }) => applications.includes(application)))
  );
}

/** `styles`: how it may be merged; without them it is only shown. `isDown`: nothing can be merged now. */
function request({ number, title, author, mergeable }, styles, { act, isDown }) {
  const id = `style-${number}`;
  return h(
    'li',
    { 'data-pull': number },
    h(
      'p',
      h('strong', `#${number} `),
      title,
      h('small', ` by ${author}${mergeable ? '' : ', conflicts with the branch'}`),
    ),
    styles
      ? h(
          'div.row',
          h('label.visually-hidden', { for: id }, `Merge style for #${number}`),
          h(
            'select',
            { id, 'data-key': id },
            styles.map((style) => h('option', { value: style }, styleWords[style] ?? style)),
          ),
          button('primary', 'Merge', `merge ${number}`, () => act('merge', { number, style: byId(id).value }), {
            'aria-label': `Merge #${number}`,
            disabled: isDown,
          }),
          menu(`More for #${number}`, [
            choice(`Close #${number} without a merge`, 'Close', `close ${number}`, () =>
              act('close-request', { number }),
            ),
          ]),
        )
      : null,
  );
}

function commitRow({ id, title, author, at, parents }, act) {
  return h(
    'li.commit',
    { 'data-commit': id },
    h(
      'div',
      h('code', short(id)),
      ' ',
      commitTitle(title),
      h('small', ` ${author}, ${moment(at)}${parents > 1 ? ', merge' : ''}`),
    ),
    act
      ? menu(`Take back ${short(id)}`, [
          choice(`Revert ${short(id)}, ${title}`, 'Revert', `revert ${id}`, () => act('revert', { commit: id })),
        ])
      : null,
  );
}

function closeByEscape({ key, currentTarget }) {
  if (key !== 'Escape' || !currentTarget.open) return;
  currentTarget.querySelector('summary').focus();
  currentTarget.open = false;
}

function menu(name, items) {
  return h(
    'details.menu',
    { 'data-key': `menu ${name}`, onkeydown: closeByEscape },
    h('summary', { 'aria-label': name, 'data-key': `summary ${name}` }, '⋯'),
    h('div', items),
  );
}

/** One thing in a menu, which closes behind it. */
function choice(name, text, key, onclick) {
  const act = ({ target }) => {
    const menu = target.closest('details');
    // Where focus returns to from a form.
    menu.querySelector('summary').focus();
    menu.open = false;
    onclick();
  };
  return button('quiet', text, key, act, { 'aria-label': name });
}

/** Only to show it in the form; what a file means, the functions say. */
function versionIn(text = '') {
  return /^version:[ \t]*["']?([^"'\s#]+)/m.exec(text)?.[1];
}
