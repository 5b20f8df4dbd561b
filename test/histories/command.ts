// `npm run histories -- [--runs N] [--seed S] [--path P] [--faults]`: bundles, then runs the bundle in a process of its own.
import { spawn } from 'node:child_process';
import { bundleHistories } from './bundle.ts';

const bundle = await bundleHistories();
const child = spawn(process.execPath, ['--enable-source-maps', bundle.file, ...process.argv.slice(2)], {
  stdio: 'inherit',
});
process.exitCode = await new Promise<number>((resolve) => child.once('exit', (code) => resolve(code ?? 1)));
await bundle.remove();
