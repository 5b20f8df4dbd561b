// What a bundle runs: reads its arguments and ends with 1 after a divergence.
import { EventEmitter } from 'node:events';
import { parseArgs } from 'node:util';
import { runToFirst } from './first.ts';
import { run, runStory } from './run.ts';

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '1000' },
    seed: { type: 'string' },
    path: { type: 'string' },
    verbose: { type: 'boolean', default: false },
    'no-shrink': { type: 'boolean', default: false },
    'no-floors': { type: 'boolean', default: false },
    story: { type: 'string' },
    part: { type: 'string' },
    first: { type: 'boolean', default: false },
  },
});

// Errors are everyday here and nobody reads their stacks; a divergence is told by its story.
Error.stackTraceLimit = 0;
// One broker's end is listened to by everything that is on its way.
EventEmitter.defaultMaxListeners = 0;

const seed = values.seed === undefined ? Math.floor(Math.random() * 0x7fffffff) : Number(values.seed);
const runs = Number(values.runs);
const [nth, of] = values.part?.split('/').map(Number) ?? [];
if (values.story !== undefined) {
  process.exitCode = await runStory(values.story);
} else if (values.first) {
  console.log(JSON.stringify(await runToFirst({ runs, seed, path: values.path })));
} else {
  process.exitCode = await run({
    runs,
    seed,
    path: values.path,
    verbose: values.verbose,
    shrink: !values['no-shrink'],
    floors: !values['no-floors'],
    ...(nth !== undefined && of !== undefined && { part: { nth, of } }),
  });
}
