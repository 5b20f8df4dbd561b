// The forms in which a person changes what Git says: another version, another text, or nothing any more.
import { button, byId, h, render } from './dom.js';

/** @param {{ act(name: string, fields: object): Promise<boolean>, versionsOf(model: string): string[] }} options */
export function createForms({ act, versionsOf }) {
  const form = byId('form');
  return { promoteForm, editForm, deleteForm };

  function promoteForm(path, application, environment, version) {
    const known = versionsOf(application).filter((name) => name !== version);
    open(
      form,
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
          'p.hint',
          'Opens a pull request, as the training pipeline does. Any text will do: a version that is not registered is a case worth seeing.',
        ),
      ],
      'Open pull request',
      (data) => act('promote', { path, version: data.get('version') }),
    );
  }

  function editForm(path, text) {
    open(
      form,
      `Edit ${path}`,
      [
        h('label', { for: 'text' }, 'Content'),
        h('textarea', { id: 'text', name: 'text', rows: 12, spellcheck: 'false' }, text),
        h('p.hint', 'A commit on the branch itself. Try another version, a broken file, or no version at all.'),
      ],
      'Commit',
      (data) => act('edit', { path, text: data.get('text').replaceAll('\r\n', '\n') }),
    );
  }

  function deleteForm(path, application, environment) {
    open(
      form,
      `Delete ${application} from ${environment}?`,
      [
        h(
          'p',
          `The file ${path} goes, by a commit on the branch. The label goes with it when nothing else deploys that version.`,
        ),
      ],
      'Delete',
      () => act('delete', { path }),
    );
  }
}

function open(form, title, fields, verb, submit) {
  render(
    form,
    h(
      'form',
      {
        method: 'dialog',
        class: 'sheet',
        onsubmit: async (event) => {
          event.preventDefault();
          // Where it is refused, what was typed stays.
          if (await submit(new FormData(event.target))) form.close();
        },
      },
      h('header', h('h2', { id: 'form-title' }, title)),
      fields,
      h(
        'div.row.end',
        button('quiet', 'Cancel', 'cancel', () => form.close()),
        h('button', { type: 'submit', class: 'primary' }, verb),
      ),
    ),
  );
  form.showModal();
  form.querySelector('input, textarea, button.primary')?.focus();
}
