// `npm run histories -- [--runs N] [--seed S] [--path P]`: bundles, then runs the bundle in a process of its own.
// `npm run histories -- --faults [--runs N] [--seed S] [--only text]`: the known faults instead, N histories for each at most.
import { spawn } from 'node:child_process';
import { parseArgs } from 'node:util';
import { bundleHistories } from './bundle.ts';
import { catchAll } from './faults.ts';

const { values } = parseArgs({
  options: {
    faults: { type: 'boolean', default: false },
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
} else {
  const bundle = await bundleHistories();
  const child = spawn(process.execPath, ['--enable-source-maps', bundle.file, ...process.argv.slice(2)], {
    stdio: 'inherit',
  });
  process.exitCode = await new Promise<number>((resolve) => child.once('exit', (code) => resolve(code ?? 1)));
  await bundle.remove();
}
