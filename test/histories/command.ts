// `npm run histories -- [--runs N] [--seed S] [--path P]`: bundles, then runs the bundle in a process of its own.
// `npm run histories -- --story 'its name'`: one of those that once went wrong (stories.ts), step by step.
// `npm run histories -- --sockets [--runs N] [--seed S] [--verbose] [--with fault]`: over real sockets and processes, each with the
// next seed; `--with`: a known fault laid into the bundles, which then has to be caught.
// `npm run histories -- --faults [--runs N] [--seed S] [--only text]`: the known faults instead, N histories for each at most.
import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { bundleHistories } from './bundle.ts';
import { catchAll } from './faults.ts';
import { knownFaults } from './known-faults.ts';
import { runInParts } from './parts.ts';
import { runOverSockets } from './sockets/run.ts';

/** Histories from which several processes are quicker than one. */
const worthParts = 100;

const { values } = parseArgs({
  options: {
    faults: { type: 'boolean', default: false },
    sockets: { type: 'boolean', default: false },
    verbose: { type: 'boolean', default: false },
    with: { type: 'string' },
    'no-floors': { type: 'boolean', default: false },
    runs: { type: 'string' },
    seed: { type: 'string' },
    only: { type: 'string' },
    path: { type: 'string' },
    story: { type: 'string' },
  },
  strict: false,
});

if (values.faults) {
  process.exitCode = await catchAll({
    most: Number(values.runs ?? 3_000),
    seed: Number(values.seed ?? 1),
    only: values.only as string | undefined,
  });
} else if (values.sockets) {
  // So that no process of a history outlives this one.
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));
  const patch = values.with === undefined ? undefined : knownFaults.find(({ name }) => name === values.with);
  if (values.with !== undefined && patch === undefined)
    throw new Error(`--with: expected the name of a known fault (test/histories/known-faults.ts), came ${values.with}`);
  const { divergences, rare } = await runOverSockets({
    runs: Number(values.runs ?? 100),
    seed: Number(values.seed ?? 1),
    verbose: values.verbose === true,
    floors: values['no-floors'] !== true && patch === undefined,
    ...(patch && { patch, endOnFailure: true }),
  });
  const failed = patch === undefined ? divergences.length + rare.length > 0 : divergences.length === 0;
  // What a killed process left open is waited for by nobody.
  process.exit(failed ? 1 : 0);
} else {
  const bundle = await bundleHistories();
  const runs = Number(values.runs ?? 1_000);
  const isOne = values.path !== undefined || values.story !== undefined || values.verbose === true;
  const parts = isOne || runs < worthParts ? 1 : availableParallelism();
  if (parts === 1) {
    const child = spawn(process.execPath, ['--enable-source-maps', bundle.file, ...process.argv.slice(2)], {
      stdio: 'inherit',
    });
    process.exitCode = await new Promise<number>((resolve) => child.once('exit', (code) => resolve(code ?? 1)));
  } else {
    const seed = Number(values.seed ?? Math.floor(Math.random() * 0x7fffffff));
    const floors = values['no-floors'] !== true;
    process.exitCode = await runInParts(bundle.file, process.argv.slice(2), { runs, seed, parts, floors });
  }
  await bundle.remove();
}
