// `npm run histories -- [--runs N] [--seed S] [--path P]`: bundles, then runs the bundle in processes of its own.
// Everywhere `--registry kubeflow` or `--registry mlflow`: all of them with that one; without it each has its own.
// `npm run histories -- --story 'its name'`: one of those that once went wrong (stories.ts), step by step.
// `npm run histories -- --sockets [--runs N] [--seed S] [--with fault]`: over real sockets and processes, each with the next seed;
// `--with`: a known fault laid into the bundles, which then has to be caught.
// `npm run histories -- --faults [--runs N] [--seed S] [--only text]`: the known faults instead, N histories for each at most.
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { bundleHistories } from './bundle.ts';
import { catchAll } from './faults.ts';
import { usualInMemory } from './floors.ts';
import { registryNames } from './history.ts';
import { knownFaults } from './known-faults.ts';
import { conclude, runBundle, runInParts } from './parts.ts';
import { runOverSockets } from './sockets/run.ts';

/** Histories from which several processes are quicker than one. */
const worthParts = 100;

const { values } = parseArgs({
  options: {
    faults: { type: 'boolean', default: false },
    sockets: { type: 'boolean', default: false },
    with: { type: 'string' },
    runs: { type: 'string' },
    seed: { type: 'string' },
    only: { type: 'string' },
    registry: { type: 'string' },
    path: { type: 'string' },
    story: { type: 'string' },
  },
});
const { path, story, only, with: wanted } = values;
const registry = registryNames.find((name) => name === values.registry);
if (registry !== values.registry)
  throw new Error(`--registry: expected ${registryNames.join(' or ')}, came ${values.registry}`);
const seed = Number(values.seed ?? (values.faults || values.sockets ? 1 : Math.floor(Math.random() * 0x7fffffff)));

if (values.faults) {
  const hunt = { most: Number(values.runs ?? 3_000), seed, registry };
  process.exitCode = await catchAll({ ...hunt, ...(only !== undefined && { only }) });
} else if (values.sockets) {
  // So that no process of a history outlives this one.
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));
  const patch = knownFaults.find(({ name }) => name === wanted);
  if (wanted !== undefined && patch === undefined)
    throw new Error(`--with: expected the name of a known fault (test/histories/known-faults.ts), came ${wanted}`);
  const { divergences, rare } = await runOverSockets({ runs: Number(values.runs ?? 100), seed, registry, patch });
  const failed = patch === undefined ? divergences + rare.length > 0 : divergences === 0;
  // What a killed process left open is waited for by nobody.
  process.exit(failed ? 1 : 0);
} else {
  const bundle = await bundleHistories();
  try {
    if (story !== undefined) process.exitCode = conclude(await runBundle(bundle.file, '--story', story), story);
    else {
      const runs = Number(values.runs ?? 1_000);
      const which = path === undefined ? ['--runs', String(runs)] : ['--path', path];
      const args = ['--seed', String(seed), ...which, ...(registry === undefined ? [] : ['--registry', registry])];
      const parts = path !== undefined || runs < worthParts ? 1 : availableParallelism();
      // What is usual is so of all registries together.
      const usual = registry === undefined ? usualInMemory : new Map<string, number>();
      process.exitCode = conclude(await runInParts(bundle.file, parts, args), `seed ${seed}`, usual);
    }
  } finally {
    await bundle.remove();
  }
}
