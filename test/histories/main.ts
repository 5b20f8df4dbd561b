// What a bundle runs (bundle.ts): histories of one seed, or one history again. Writes stories to standard error and ends with
// one line of JSON, a Result.
import { EventEmitter } from 'node:events';
import { parseArgs } from 'node:util';
import { registryNames } from './history.ts';
import { replay, run } from './run.ts';

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '1000' },
    seed: { type: 'string', default: '1' },
    registry: { type: 'string' },
    path: { type: 'string' },
    story: { type: 'string' },
    part: { type: 'string' },
    first: { type: 'boolean', default: false },
  },
});

// Errors are everyday here and nobody reads their stacks; a divergence is explained by its story.
Error.stackTraceLimit = 0;
// Everything that is on its way through a broker listens to its end.
EventEmitter.defaultMaxListeners = 0;

const { path, story, first } = values;
const seed = Number(values.seed);
const registry = registryNames.find((name) => name === values.registry);
const [nth = 0, of = 1] = values.part?.split('/').map(Number) ?? [];
const result =
  story === undefined && path === undefined
    ? await run({ runs: Number(values.runs), seed, registry, first, part: { nth, of } })
    : await replay({ seed, registry, path, story }, first ? () => {} : console.error);
console.log(JSON.stringify(result));
