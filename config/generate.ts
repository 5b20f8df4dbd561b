// Writes what is said in more than one place from where it is said first: docs/settings.md and .env.example from the
// settings table, the chart's values from their table, its contract from the code. `npm run generate`; a test fails when a
// file is not what this writes.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { renderContract } from './chart-source/contract.ts';
import { renderSchema, renderValues, renderValuesTable } from './chart-source/render.ts';
import { renderEnvExample, renderSettingsTable } from './settings/settings.ts';

const chart = 'config/chart';

/** Files by path from the root, with the text they should have. */
export function generatedFiles(root: URL): Map<string, string> {
  const read = (path: string) => readFileSync(new URL(path, root), 'utf8');
  return new Map([
    ['docs/settings.md', fill('docs/settings.md', read, 'settings', renderSettingsTable())],
    ['.env.example', renderEnvExample()],
    [`${chart}/README.md`, fill(`${chart}/README.md`, read, 'values', renderValuesTable())],
    [`${chart}/values.yaml`, renderValues()],
    [`${chart}/values.schema.json`, renderSchema()],
    [`${chart}/files/contract.yaml`, renderContract()],
  ]);
}

/** The file's text with what stands between the markers of that name replaced. */
function fill(path: string, read: (path: string) => string, name: string, table: string): string {
  const section = new RegExp(`(<!-- ${name}: [^\\n]*-->\\n)[\\s\\S]*?(<!-- /${name} -->)`);
  const text = read(path);
  if (!section.test(text)) throw new Error(`${path}: expected the markers <!-- ${name}: … --> and <!-- /${name} -->`);
  return text.replace(section, (_, start, end) => `${start}\n${table}\n${end}`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const root = new URL('../', import.meta.url);
  for (const [path, text] of generatedFiles(root)) writeFileSync(new URL(path, root), text);
}
