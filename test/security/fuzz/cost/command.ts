// What run.ts starts: looks for inputs that cost more than they weigh, at every door or at `--door`, by as many runs as
// `--runs` says together. `--time`: by time, too, which hangs on the machine.
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { startMeter } from './meter.ts';

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '1000' },
    seed: { type: 'string', default: '1' },
    door: { type: 'string' },
    time: { type: 'boolean', default: false },
  },
});
// Errors are as cheap as in a bundle.
process.setSourceMapsEnabled(false);
// Everything else is loaded when it can be counted.
const meter = startMeter();
const { doors } = await import('./doors.ts');
const { search, tellKept } = await import('./search.ts');
const { randomFrom } = await import('./recipe.ts');

// Twenty times what a plain parse asks for, and as much again that is given back at once.
const most = { steps: 50, bytes: 40 * (await plainParse()) };
const names = values.door === undefined ? [...doors.keys()] : [values.door];
const runs = Math.ceil(Number(values.runs) / names.length);
let failures = 0;
for (const name of names) {
  const open = doors.get(name);
  if (open === undefined) throw new Error(`--door: expected one of ${[...doors.keys()].join('; ')}`);
  const door = await open();
  const outcome = await search({
    door,
    meter,
    runs,
    random: randomFrom(Number(values.seed)),
    most,
    byTime: values.time,
  });
  await door.close();
  const { tooDear, worst } = outcome;
  const rate = (measure: 'steps' | 'bytes') => (worst[measure].cost[measure] / worst[measure].size).toFixed(1);
  console.log(
    `cost of ${name}: ${outcome.runs} runs, at most ${rate('steps')} steps and ${rate('bytes')} bytes of memory for a byte`,
  );
  if (tooDear === undefined) continue;
  failures++;
  console.log(`cost of ${name}: too dear in ${tooDear.by}, ${tellKept(tooDear)}`);
  console.log(`again: npm run fuzz -- --target cost --door '${name}' --seed ${values.seed} --runs ${values.runs}`);
}
process.exit(failures === 0 ? 0 : 1);

/** Bytes of memory for a byte of an ordinary webhook, from a buffer to what JSON.parse makes of it. */
async function plainParse(): Promise<number> {
  const file = new URL('../../../../events/samples/webhook.push.body.json', import.meta.url);
  const text = JSON.stringify(Array.from({ length: 20 }, () => JSON.parse(readFileSync(file, 'utf8'))));
  const rates: number[] = [];
  for (let i = 0; i < 5; i++)
    rates.push((await meter(async () => JSON.parse(Buffer.from(text).toString()))).bytes / text.length);
  return rates.sort((a, b) => a - b)[2]!;
}
