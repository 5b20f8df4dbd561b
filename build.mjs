// Builds dist/: one file for each function, with all it needs, one for all functions in one process, one for each job, the command
// line with the files of its page, and index.cjs, which loads the file that FUNCTION_TARGET names. `node build.mjs [folder]`.
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const root = path.dirname(fileURLToPath(import.meta.url));
const { version } = JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8'));

/** The name of a file in dist/, and the TypeScript it is bundled from, as if that stood in functions/. */
async function entries() {
  const folders = await readdir(path.join(root, 'functions'), { withFileTypes: true });
  const functions = folders.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  return [
    ...functions.map((name) => [
      name,
      `import { run } from './run.ts';
       import * as module from './${name}/index.ts';
       export * from './${name}/index.ts';
       export const start = () => run('${name}', module);`,
    ]),
    [
      'all',
      `import { serveAll } from './all.ts';
       import { runAll } from './run.ts';
       ${functions.map((name, i) => `import { create as create${i} } from './${name}/index.ts';`).join('\n')}
       const creators = { ${functions.map((name, i) => `'${name}': create${i}`).join(', ')} };
       export const start = () => runAll((settings, io) => serveAll(creators, settings, io));`,
    ],
    // What runs once in a cluster and ends.
    ...['create-secrets', 'ensure-webhook', 'reconcile'].map((job) => [
      job,
      `export { start } from '../jobs/${job}.ts';`,
    ]),
    ['index', `export { start } from './main.ts';`],
  ];
}

const commandLine = ['post-deployment', `export { main as start } from '../cli/main.ts';`];

/** The command line finds the files of its page beside itself. */
const ownAddress = {
  banner: { js: "const bundleUrl = require('node:url').pathToFileURL(__filename).href;" },
  define: { 'import.meta.url': 'bundleUrl' },
};

/** Returns the paths of all that is in the file. */
async function bundle(folder, [name, contents], { banner, define } = {}) {
  const { metafile } = await build({
    absWorkingDir: root,
    stdin: { contents, loader: 'ts', resolveDir: path.join(root, 'functions'), sourcefile: `${name}.start.ts` },
    outfile: path.join(folder, `${name}.cjs`),
    banner,
    footer: { js: 'if (require.main === module) module.exports.start();' },
    bundle: true,
    platform: 'node',
    target: 'node20',
    // Requiring one file is the fastest start that Node has.
    format: 'cjs',
    // A host knows a reply by its class, `constructor.name === 'CloudEvent'`.
    keepNames: true,
    // A choice of FUNC_HOST in a checkout; and what `debug` takes where it finds it.
    external: ['faas-js-runtime', 'supports-color'],
    // For the metric build_info.
    define: { BUILD_VERSION: JSON.stringify(version), ...define },
    legalComments: 'none',
    logLevel: 'warning',
    metafile: true,
  });
  return Object.keys(metafile.inputs);
}

/** What MIT, BSD, ISC and Apache ask of whoever passes bundles on: the licence texts of the packages these files come from. */
async function licenseTexts(files) {
  const folders = files.flatMap((file) => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1] ?? []);
  const all = await Promise.all([...new Set(folders)].sort().map(licenseOf));
  const texts = all.map(({ folder, title, repository, text }) => {
    // Some packages come without; then that of another one from the same repository, which has one licence.
    const found = text ?? all.find((other) => other.text && repository && other.repository === repository)?.text;
    if (!found) throw new Error(`${folder}: no licence text found; whoever bundles it has to pass one on`);
    return `${title}\n\n${found}`;
  });
  return `${texts.join(`\n\n${'='.repeat(80)}\n\n`)}\n`;
}

async function licenseOf(folder) {
  const files = await readdir(path.join(root, folder));
  const read = (file) => readFile(path.join(root, folder, file), 'utf8');
  const parts = await Promise.all(files.filter((file) => /^(licen[cs]e|notice|copying)/i.test(file)).map(read));
  // Some keep it as the last section of their README.
  if (parts.length === 0 && files.includes('README.md'))
    parts.push(/^#*\s*licen[cs]e\s*$[\s\S]+/im.exec(await read('README.md'))?.[0] ?? '');
  const { name, version, license, repository } = JSON.parse(await read('package.json'));
  const text = parts.map((part) => part.trim()).join('\n\n');
  const known = (parts[0]?.length ?? 0) >= 200;
  return {
    folder,
    title: `${name} ${version} (${license})`,
    repository: repository?.url,
    text: known ? text : undefined,
  };
}

/** The command line alone, for a checkout in which nothing is built (cli/start.mjs), too. The folder is not emptied. */
export async function buildCommandLine(folder) {
  await cp(path.join(root, 'console/page'), path.join(folder, 'page'), { recursive: true });
  return bundle(folder, commandLine, ownAddress);
}

async function buildAll(folder) {
  await mkdir(folder, { recursive: true });
  // Files of functions that are no more; nothing else in the folder is ours to remove.
  for (const file of await readdir(folder))
    if (file.endsWith('.cjs') || file === 'page') await rm(path.join(folder, file), { recursive: true });
  const files = await Promise.all([
    ...(await entries()).map((entry) => bundle(folder, entry)),
    buildCommandLine(folder),
  ]);
  await writeFile(path.join(folder, 'third-party-licenses.txt'), await licenseTexts(files.flat()));
}

if (import.meta.url === pathToFileURL(process.argv[1]).href)
  await buildAll(path.resolve(root, process.argv[2] ?? 'dist')).catch((error) => {
    // esbuild has said what it found; the rest is one sentence.
    if (!error.errors) console.error(error.message);
    process.exit(1);
  });
