// Builds dist/: one CJS bundle per function, each hosting itself, one for all of them, and index.cjs, which loads the one
// that FUNCTION_TARGET names; and post-deployment.cjs, the command line. `node build.mjs [folder]`. CJS because requiring one file is the fastest start Node has.
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const root = path.dirname(fileURLToPath(import.meta.url));

/** Libraries a start from zero must not wait for: bundled once beside the functions, loaded at their first use. */
const late = {
  axios: './axios.cjs',
  // Only where HTTPS_PROXY or HTTP_PROXY is set.
  'https-proxy-agent': './https-proxy-agent.cjs',
  'http-proxy-agent': './http-proxy-agent.cjs',
};

/** What must not even lie in a bundle, because its first answer does not need it. */
const unwanted = {
  'gitea-source': ['axios', 'yaml', 'faas-js-runtime', 'https-proxy-agent'],
  parse: ['axios', 'yaml', 'https-proxy-agent'],
  'registry-writer': ['axios', 'yaml', 'https-proxy-agent'],
  'dead-letter': ['axios', 'yaml', 'faas-js-runtime', 'https-proxy-agent'],
  'commit-status': ['axios', 'yaml', 'faas-js-runtime', 'https-proxy-agent'],
};

const { version } = JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8'));

const common = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  legalComments: 'none',
  logLevel: 'warning',
  metafile: true,
  // `require` is faster than import() of CJS.
  supported: { 'dynamic-import': false },
  // supports-color is a development dependency that `debug` takes where it finds it.
  external: ['faas-js-runtime', 'supports-color'],
  // For the metric build_info.
  define: { BUILD_VERSION: JSON.stringify(version) },
};

/** Sends imports of the late libraries to their own files. */
const lateLibraries = {
  name: 'late-libraries',
  setup({ onResolve }) {
    const names = new RegExp(`^(${Object.keys(late).join('|')})$`);
    onResolve({ filter: names }, ({ path: name, kind }) =>
      kind === 'dynamic-import' ? { path: late[name], external: true } : undefined,
    );
  },
};

/**
 * What libraries load and we turn off. axios: its own ways to the network (io/axios-http.ts gives it one) and forms; the SDK:
 * big integers, which it parses when CE_USE_BIG_INT asks for that. With all of it axios takes 50 ms of a start from zero.
 */
const turnedOff = {
  'form-data': 'module.exports = class {};',
  './http.js': 'export default false;',
  './xhr.js': 'export default false;',
  './fetch.js': 'export const getFetch = () => false;',
  'json-bigint': 'module.exports = () => JSON;',
};

/** axios looks at the global FormData at its start; Node then loads all of undici, 20 ms, for a class no call of ours uses. */
const formData = "typeof G.FormData !== 'undefined' ? G.FormData : undefined";

const leanLibraries = {
  name: 'lean-libraries',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /./ }, ({ path: name, importer }) =>
      /node_modules\/(axios|cloudevents)\//.test(importer) && Object.hasOwn(turnedOff, name)
        ? { path: name, namespace: 'turned-off' }
        : undefined,
    );
    onLoad({ filter: /node_modules\/axios\/lib\/utils\.js$/ }, async ({ path: file }) => {
      const text = await readFile(file, 'utf8');
      if (!text.includes(formData)) throw new Error(`${file} no longer says ${formData}; see whether it loads undici`);
      return { contents: text.replace(formData, 'undefined'), loader: 'js' };
    });
    // Hosts know a reply by its class, `constructor.name === 'CloudEvent'`, and bundling renames classes. esbuild's keepNames
    // would name every closure anew whenever it is made, 0.2 ms an event.
    onLoad({ filter: /node_modules\/cloudevents\/dist\/event\/cloudevent\.js$/ }, async ({ path: file }) => ({
      contents: `${await readFile(file, 'utf8')}\nObject.defineProperty(CloudEvent, 'name', { value: 'CloudEvent' });`,
      loader: 'js',
    }));
    onLoad({ filter: /./, namespace: 'turned-off' }, ({ path: name }) => ({ contents: turnedOff[name], loader: 'js' }));
  },
};

/** A bundle from source text, as if it were a file of functions/. */
async function bundle(outdir, name, code, { footer } = {}) {
  const outfile = path.join(outdir, `${name}.cjs`);
  const { metafile, outputFiles } = await build({
    ...common,
    write: false,
    stdin: { contents: code, loader: 'ts', resolveDir: path.join(root, 'functions'), sourcefile: `${name}.start.ts` },
    outfile,
    plugins: [lateLibraries, leanLibraries],
    ...(footer ? { footer: { js: footer } } : {}),
  });
  const inputs = Object.keys(metafile.inputs);
  for (const library of unwanted[name] ?? []) {
    const found = inputs.find((input) => input.includes(`node_modules/${library}/`));
    if (found) throw new Error(`${name}.cjs holds ${found}; load ${library} where it is used, by import()`);
  }
  const [{ contents: bytes, text }] = outputFiles;
  // The first line says which text it is: code that was kept of another one does not fit (io/code-cache.ts).
  const id = createHash('sha256').update(bytes).digest('hex').slice(0, 16);
  await writeFile(outfile, `// ${id}\n${text}`);
  return { bytes: bytes.length, packages: inputs.flatMap(packageOf) };
}

/** The folder of the package a bundled file comes from. */
function packageOf(input) {
  const found = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input);
  return found ? [found[1]] : [];
}

async function licenseOf(folder) {
  const files = await readdir(path.join(root, folder));
  const read = (file) => readFile(path.join(root, folder, file), 'utf8');
  const parts = await Promise.all(files.filter((file) => /^(licen[cs]e|notice|copying)/i.test(file)).map(read));
  // Some keep it as the last section of their README.
  if (parts.length === 0 && files.includes('README.md'))
    parts.push(/^#*\s*licen[cs]e\s*$[\s\S]+/im.exec(await read('README.md'))?.[0] ?? '');
  const { name, version, license, repository } = JSON.parse(await read('package.json'));
  const known = parts.length > 0 && parts[0].length >= 200;
  return { folder, title: `${name} ${version} (${license})`, repository: repository?.url, ...(known ? { parts } : {}) };
}

/** What MIT, BSD, ISC and Apache ask of whoever passes bundles on: the licence texts of all that is in them. */
async function licenseTexts(folders) {
  const all = await Promise.all([...new Set(folders)].sort().map(licenseOf));
  const texts = all.map(({ folder, title, repository, parts }) => {
    // Some packages come without; then that of another one from the same repository, which has one licence.
    const found = parts ?? all.find((other) => other.parts && repository && other.repository === repository)?.parts;
    if (!found) throw new Error(`${folder}: no licence text found; whoever bundles it has to pass one on`);
    return [title, ...found.map((text) => text.trim())].join('\n\n');
  });
  return `${texts.join(`\n\n${'='.repeat(80)}\n\n`)}\n`;
}

/** The list is TypeScript, and Node 20 reads none. */
async function listOfFunctions() {
  const { outputFiles } = await build({
    ...common,
    entryPoints: ['functions/index.ts'],
    format: 'esm',
    write: false,
    metafile: false,
  });
  const { functions } = await import(`data:text/javascript,${encodeURIComponent(outputFiles[0].text)}`);
  return Object.keys(functions);
}

/** What runs once in a cluster and ends: jobs/<name>.ts. */
const jobs = ['create-secrets', 'ensure-webhook', 'reconcile'];

const alone = 'if (require.main === module) module.exports.start();';

const commandLine = [
  'post-deployment',
  `export { main as start } from '../cli/main.ts';`,
  { footer: 'module.exports.start();' },
];

// As `require` callers expect it: of axios the library itself.
const lateBundles = Object.entries(late).map(([library, file]) => [
  path.basename(file, '.cjs'),
  ...(library === 'axios'
    ? [`export { default } from 'axios';`, { footer: 'module.exports = module.exports.default;' }]
    : [`export * from '${library}';`]),
]);

/** The command line alone, for a checkout in which nothing is built (cli/start.mjs). The folder is not emptied. */
export async function buildCommandLine(outdir) {
  await Promise.all([commandLine, ...lateBundles].map((each) => bundle(outdir, ...each)));
}

async function buildAll(outdir) {
  await mkdir(outdir, { recursive: true });
  // Bundles of functions that are no more, and code of earlier ones; nothing else in the folder is ours to remove.
  for (const file of await readdir(outdir)) if (/\.(cjs|code)$/.test(file)) await rm(path.join(outdir, file));
  const names = await listOfFunctions();
  const bundles = [
    ...names.map((name) => [
      name,
      `import { run } from './run.ts';
       import { handle, init, liveness, readiness, shutdown } from './${name}.ts';
       export { handle, init, liveness, readiness, shutdown };
       export const start = () => run('${name}', { handle, init, liveness, readiness, shutdown });`,
      { footer: alone },
    ]),
    [
      'all',
      `import { start as startAll } from './all.ts';
       import { runAll } from './run.ts';
       export const start = () => runAll(startAll);`,
      { footer: alone },
    ],
    ...jobs.map((name) => [name, `export { start } from '../jobs/${name}.ts';`, { footer: alone }]),
    ['index', `import './main.ts';`],
    commandLine,
    ...lateBundles,
  ];
  const built = await Promise.all(
    bundles.map(async ([name, contents, options]) => ({
      file: `${name}.cjs`,
      ...(await bundle(outdir, name, contents, options)),
    })),
  );
  await writeFile(
    path.join(outdir, 'third-party-licenses.txt'),
    await licenseTexts(built.flatMap((each) => each.packages)),
  );
  for (const { file, bytes } of built)
    console.log(`${file.padEnd(24)}${String(Math.ceil(bytes / 1024)).padStart(6)} kB`);
}

if (import.meta.url === pathToFileURL(process.argv[1]).href)
  await buildAll(path.resolve(root, process.argv[2] ?? 'dist')).catch((error) => {
    // esbuild has said what it found; the rest is one sentence.
    if (!error.errors) console.error(error.message);
    process.exit(1);
  });
