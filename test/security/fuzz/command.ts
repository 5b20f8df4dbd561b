// npm run fuzz -- [--runs 1000000] [--seed 1] [--target webhook] [--path 3:1]: as many inputs as wanted, over all targets by
// their share; the last line says how it went. With a seed, exactly the same inputs again. Beside it, in a process of its own,
// a fifth as many runs look for inputs that cost too much: `--target cost [--door path]` looks for these alone.
import { parseArgs } from 'node:util';
import { lookForCosts } from './cost/run.ts';
import { targets } from './index.ts';
import { complaint, runsOf } from './target.ts';

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '100000' },
    seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
    target: { type: 'string' },
    path: { type: 'string' },
    door: { type: 'string' },
  },
});
const [runs, seed] = [Number(values.runs), Number(values.seed)];
if (!Number.isSafeInteger(runs) || runs < 1 || !Number.isSafeInteger(seed)) {
  console.error('--runs: expected a number from 1 on; --seed: expected a whole number');
  process.exit(2);
}
if (values.target === 'cost') {
  const { ok, text } = await lookForCosts({ runs, seed, door: values.door, time: true });
  console.log(text.trimEnd());
  process.exit(ok ? 0 : 1);
}
const all = targets.map((make) => make());
const chosen = values.target === undefined ? all : all.filter(({ name }) => name === values.target);
if (chosen.length === 0) {
  console.error(`--target: expected one of ${all.map(({ name }) => name).join(', ')}, cost`);
  process.exit(2);
}
const costs =
  values.target === undefined ? lookForCosts({ runs: Math.ceil(runs / 5), seed, time: true }) : { ok: true, text: '' };
let done = 0;
let failures = 0;
for (const target of chosen) {
  const count = values.target === undefined ? runsOf(target, runs) : runs;
  const start = performance.now();
  const details = await target.check({
    runs: count,
    seed,
    ...(values.path === undefined ? {} : { path: values.path }),
  });
  done += details.numRuns;
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  const ends = [...target.seen].map(([end, times]) => `${end} ${times}`).sort();
  console.log(
    `${target.name}: ${details.numRuns} runs in ${seconds} s (${ends.join(', ')})${details.failed ? ', FAILED' : ''}`,
  );
  const text = complaint(target.name, details);
  if (text !== undefined) {
    failures++;
    console.error(text);
  }
}
const { ok, text } = await costs;
if (text) console.log(text.trimEnd());
if (!ok) failures++;
console.log(`${done} runs, seed ${seed}, ${failures} failures, ${Math.round(process.memoryUsage().rss / 2 ** 20)} MB`);
process.exit(failures === 0 ? 0 : 1);
