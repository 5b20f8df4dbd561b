import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { generatedFiles, renderSettingsTable } from '../config/generate.ts';
import { deliveryLost, events } from '../events/index.ts';
import { functions, rows } from '../functions/table.ts';
import { folders } from './layers.ts';

const root = new URL('../', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), 'utf8');

/** Everything that people read, from the root. */
const pages = [
  ...['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'SECURITY.md', 'config/chart/README.md'],
  ...readdirSync(new URL('docs', root), { encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];

/** The anchors of a page's headings, as Gitea and GitHub make them. */
function headings(text: string): string[] {
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
    heading!
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replace(/\s/g, '-'),
  );
}

describe('what is said in more than one place', () => {
  it('generated files are what npm run generate writes', () => {
    for (const [path, text] of generatedFiles(root)) assert.equal(read(path), text, `${path}: run npm run generate`);
  });

  it('every npm script that a page or the gate names is there', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const missing = [...pages, '.ci/run'].flatMap((file) =>
      [...read(file).matchAll(/npm run (?:-s )?([a-z-]+)/g)]
        .filter(([, name]) => !(name! in scripts))
        .map(([command]) => `${file}: ${command}`),
    );
    assert.deepEqual(missing, []);
  });

  it('chart and image have the version of package.json', () => {
    const { version } = JSON.parse(read('package.json')) as { version: string };
    for (const [file, line] of [
      ['config/chart/Chart.yaml', `version: ${version}`],
      ['config/chart/Chart.yaml', `appVersion: ${version}`],
      ['Containerfile', `ARG VERSION=${version}`],
    ] as const)
      assert.ok(read(file).split('\n').includes(line), `${file}: ${line}`);
  });

  it('README names the versions of Kubernetes, Knative and Helm that tests run with', () => {
    const modules = read('test/go.mod');
    // Kubernetes 1.35 is k8s.io/kubernetes 1.35, Knative 1.22 is knative.dev/… 0.49.
    for (const [name, module, major, ahead] of [
      ['Kubernetes', 'k8s.io/kubernetes', 1, 0],
      ['Knative Serving', 'knative.dev/serving', 0, -27],
      ['Knative Eventing', 'knative.dev/eventing', 0, -27],
      ['Helm', 'helm.sh/helm/v3', 3, 0],
    ] as const) {
      const minor = new RegExp(`^\\t${module} v${major}\\.(\\d+)\\.`, 'm').exec(modules)?.[1];
      const row = `| ${name} | ${Math.max(major, 1)}.${Number(minor) + ahead}`;
      assert.ok(read('README.md').includes(row), `${row} …`);
    }
  });

  it('every file and folder that a page names in code is there', () => {
    const name = /`((?:[\w.-]+\/)+(?:[\w.-]+\.(?:ts|md|json|mjs|yaml|js))?|[\w-]+\.(?:md|mjs))`/g;
    const missing = pages.flatMap((file) =>
      [...read(file).matchAll(name)]
        .map(([, path]) => path!)
        // What a build makes, and what stands in other people's repositories.
        .filter((path) => !/^(dist|release|toolings|model-deployments)\//.test(path))
        .filter((path) => !existsSync(new URL(path, root)) && !existsSync(new URL(path, new URL(file, root))))
        .map((path) => `${file}: ${path}`),
    );
    assert.deepEqual(missing, []);
  });

  it('every picture is shown by a page, every picture a page shows is there, and none is large', () => {
    const shown = pages.flatMap((file) =>
      [...read(file).matchAll(/(?:src|srcset)="([^"]+)"|!\[[^\]]*\]\(([^)]+)\)/g)].map(
        ([, html, markdown]) => new URL(html ?? markdown!, new URL(file, root)).pathname,
      ),
    );
    const folder = new URL('docs/pictures/', root);
    const there = readdirSync(folder).map((name) => new URL(name, folder));
    assert.deepEqual([...new Set(shown)].sort(), there.map(({ pathname }) => pathname).sort());
    for (const picture of there) assert.ok(statSync(picture).size < 2_000_000, picture.pathname);
  });

  it('every link between pages leads to a page, and to a heading of it', () => {
    const missing = pages.flatMap((file) =>
      [...read(file).matchAll(/\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)/g)]
        .filter(([, path, heading]) => {
          const target = path === '' ? new URL(file, root) : new URL(path!, new URL(file, root));
          if (!existsSync(target)) return true;
          return heading !== undefined && !headings(readFileSync(target, 'utf8')).includes(heading);
        })
        .map(([link]) => `${file}: ${link}`),
    );
    assert.deepEqual(missing, []);
  });

  it('README leads to every page, and CONTRIBUTING to every layer', () => {
    const readme = read('README.md');
    assert.deepEqual(
      pages.filter((page) => page.startsWith('docs/') && !readme.includes(`](${page}`)),
      [],
    );
    assert.deepEqual(
      folders.filter((layer) => !read('CONTRIBUTING.md').includes(`${layer}/`)),
      [],
    );
  });

  it('pages say what the glossary says, and not the words it replaced', () => {
    const glossary = read('README.md').split('## Glossary')[1]!.split('\n## ')[0]!;
    for (const word of ['commit status', 'dead letter', 'deployment record', 'drift', 'ownership marker', 'reconcile'])
      assert.match(glossary, new RegExp(`^\\| ${word} \\|`, 'm'));
    const replaced = /\b(stints?|aloud|the (periodic )?comparison|the marks?)\b|design §|as Git says/gi;
    const found = pages.flatMap((page) =>
      [
        ...read(page)
          .replace(/```[\s\S]*?```/g, '')
          .matchAll(replaced),
      ].map(([word]) => `${page}: ${word}`),
    );
    assert.deepEqual(found, []);
  });

  it('every event has a schema file and a sample', () => {
    const schemas = readdirSync(new URL('events/schemas', root));
    const samples = readdirSync(new URL('events/samples', root));
    for (const { type } of events) {
      assert.ok(schemas.includes(`${type}.schema.json`), `${type}: schema`);
      assert.ok(samples.includes(`${type}.json`), `${type}: sample`);
    }
  });

  it('the loss of an event can be said of every function that has a Trigger', () => {
    const triggered = rows.filter(({ trigger }) => trigger).map(({ name }) => name);
    assert.deepEqual([...deliveryLost.receivers].sort(), triggered.sort());
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
