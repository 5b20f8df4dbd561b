// `npm run histories -- [--runs N] [--seed S] [--path P]`: bundles, then runs the bundle in a process of its own.
// `npm run histories -- --sockets [--runs N] [--seed S] [--verbose]`: over real sockets and processes, each with the next seed.
// `npm run histories -- --faults [--runs N] [--seed S] [--only text]`: the known faults instead, N histories for each at most.
import { spawn } from 'node:child_process';
import { parseArgs } from 'node:util';
import { bundleHistories } from './bundle.ts';
import { catchAll } from './faults.ts';
import { runOverSockets } from './sockets/run.ts';

const { values } = parseArgs({
  options: {
    faults: { type: 'boolean', default: false },
    sockets: { type: 'boolean', default: false },
    verbose: { type: 'boolean', default: false },
    'no-floors': { type: 'boolean', default: false },
    runs: { type: 'string' },
    seed: { type: 'string' },
    only: { type: 'string' },
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
  const { divergences, rare } = await runOverSockets({
    runs: Number(values.runs ?? 100),
    seed: Number(values.seed ?? 1),
    verbose: values.verbose === true,
    floors: values['no-floors'] !== true,
  });
  process.exitCode = divergences.length + rare.length > 0 ? 1 : 0;
} else {
  const bundle = await bundleHistories();
  const child = spawn(process.execPath, ['--enable-source-maps', bundle.file, ...process.argv.slice(2)], {
    stdio: 'inherit',
  });
  process.exitCode = await new Promise<number>((resolve) => child.once('exit', (code) => resolve(code ?? 1)));
  await bundle.remove();
}
