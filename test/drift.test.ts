import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { generatedFiles } from '../config/generate.ts';
import { renderSettingsTable } from '../config/settings/settings.ts';
import { events } from '../events/index.ts';
import { functions } from '../functions/table.ts';

const root = new URL('../', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), 'utf8');

describe('what is said in more than one place', () => {
  it('README and .env.example are as the settings table says', () => {
    for (const [path, text] of generatedFiles(root)) assert.equal(read(path), text, `${path}: run npm run generate`);
  });

  it('every npm script that README, CONTRIBUTING and the gate name is there', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    for (const file of ['README.md', 'CONTRIBUTING.md', '.ci/run']) {
      const named = [...read(file).matchAll(/npm run ([a-z-]+)/g)].map(([, name]) => name ?? '');
      assert.deepEqual(
        named.filter((name) => !(name in scripts)),
        [],
        file,
      );
    }
  });

  it('every file that README, CONTRIBUTING and docs/architecture.md name is there', () => {
    const missing = ['README.md', 'CONTRIBUTING.md', 'docs/architecture.md'].flatMap((file) =>
      [...read(file).matchAll(/[`(]((?:[\w.-]+\/)*[\w.-]+\.(?:ts|md|json|mjs))[`)]/g)]
        .map(([, name]) => name ?? '')
        .filter((name) => name.includes('/') || name.endsWith('.md'))
        // A link starts at its page, a path in the text at the top.
        .filter((name) => !existsSync(new URL(name, root)) && !existsSync(new URL(name, new URL(file, root))))
        .map((name) => `${file}: ${name}`),
    );
    assert.deepEqual(missing, []);
  });

  it('every event has a schema file and a sample', () => {
    const schemas = readdirSync(new URL('events/schemas', root));
    const samples = readdirSync(new URL('events/samples', root));
    for (const { type } of events) {
      assert.ok(schemas.includes(`${type}.schema.json`), `${type}: schema`);
      assert.ok(samples.includes(`${type}.json`), `${type}: sample`);
    }
  });

  it('every function is in the settings and in README', () => {
    for (const name of Object.keys(functions)) {
      assert.ok(renderSettingsTable().includes(`\`${name}\``), name);
      assert.ok(read('README.md').includes(name), name);
    }
  });

  it('dependencies are those that CONTRIBUTING gives a reason for', () => {
    const { dependencies, devDependencies } = JSON.parse(read('package.json')) as Record<
      string,
      Record<string, string>
    >;
    const reasons = read('CONTRIBUTING.md');
    const names = [...Object.keys(dependencies ?? {}), ...Object.keys(devDependencies ?? {})].filter(
      (name) => !name.startsWith('@types/'),
    );
    assert.deepEqual(
      names.filter((name) => !new RegExp(`^\\|[^|]*\\b${name.replace(/[/@]/g, '.?')}\\b`, 'm').test(reasons)),
      [],
    );
  });

  it('the lock file names no registry', () => {
    assert.doesNotMatch(read('package-lock.json'), /"resolved"/);
  });
});
