// `npm run mutate -- [--seed S] [--count N] [paths or globs]`: lays N small faults into the product, one at a time, and says which no
// test sees. The same seed over the same sources lays the same faults.
// --line L: only those that begin in that line (of one file). --list: says them and runs nothing. --least P: exit code 1 when fewer
// than P percent are seen. --slow: also with the tests that run in the gate alone. --tests N: at most so many test files for
// each, the nearest first. --histories N: so many histories for what no test sees (0: none).
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { generator } from '../histories/scheduler.ts';
import { productFolders } from '../layers.ts';
import { openCompiler } from './compiler.ts';
import { listed } from './listed.ts';
import { applied, type Mutant, mutantsOf } from './mutants.ts';
import { createRelated } from './related.ts';
import { openTrials } from './trial.ts';

const root = path.resolve(import.meta.dirname, '../..');
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seed: { type: 'string', default: '1' },
    count: { type: 'string', default: '40' },
    line: { type: 'string' },
    list: { type: 'boolean', default: false },
    least: { type: 'string', default: '0' },
    slow: { type: 'boolean', default: false },
    tests: { type: 'string', default: '40' },
    histories: { type: 'string', default: '300' },
  },
});

const compiler = openCompiler(root);
const related = createRelated(root, values);
const textOf = (file: string) => readFileSync(path.join(root, file), 'utf8');

/** Kinds take turns, so that the many constants do not hide the few endings. */
function* drawn(mutants: readonly Mutant[], random: () => number): Generator<Mutant> {
  const kinds = new Map<string, Mutant[]>();
  for (const mutant of mutants) kinds.set(mutant.kind, [...(kinds.get(mutant.kind) ?? []), mutant]);
  while (kinds.size > 0)
    for (const [kind, some] of [...kinds]) {
      yield some.splice(Math.floor(random() * some.length), 1)[0]!;
      if (some.length === 0) kinds.delete(kind);
    }
}

function isCompiled(mutant: Mutant, all = false): boolean {
  return compiler.accepts(mutant.file, applied(textOf(mutant.file), mutant), all);
}

/** As a person would type it: the lines before, and after. */
function difference({ file, start, end, text }: Mutant): string {
  const before = textOf(file);
  const [from, to] = [
    before.lastIndexOf('\n', start - 1) + 1,
    (before.indexOf('\n', end) + 1 || before.length + 1) - 1,
  ];
  const lines = (sign: string, part: string) => part.split('\n').map((line) => `      ${sign} ${line}`);
  const after = before.slice(from, start) + text + before.slice(end, to);
  return [...lines('-', before.slice(from, to)), ...lines('+', after)].join('\n');
}

/** What sees it, or nothing. */
async function seenBy(mutant: Mutant, tests: readonly string[]): Promise<string | undefined> {
  const text = applied(textOf(mutant.file), mutant);
  const failure = await trials.run(mutant.file, text, tests);
  if (failure) return `${failure.by}: ${failure.why}`;
  // The files that import it are looked at only now: it takes a hundred times as long.
  if (!isCompiled(mutant, true)) return 'the compiler';
  const runs = Number(values.histories);
  if (runs > 0 && (await trials.histories(mutant.file, text, runs))) return `${runs} histories`;
  return undefined;
}

const files = listed(root, ...(positionals.length > 0 ? positionals : productFolders)).filter((file) =>
  file.endsWith('.ts'),
);
const mutants = files
  .flatMap((file) => mutantsOf(compiler.parse(file), file))
  .filter(({ line }) => values.line === undefined || line === Number(values.line));
const random = generator(Number(values.seed));
const trials = openTrials(root);
// So that Ctrl-C leaves neither the copy nor a test behind.
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));
process.once('exit', () => trials.close());

const survivors: string[] = [];
let tried = 0;
for (const mutant of drawn(mutants, random)) {
  if (tried === Number(values.count)) break;
  if (!isCompiled(mutant)) continue;
  tried += 1;
  const name = `${mutant.file}:${mutant.line} ${mutant.kind}`;
  if (values.list) {
    console.log(`${name}\n${difference(mutant)}`);
    continue;
  }
  const all = related(mutant.file);
  const tests = all.slice(0, Number(values.tests));
  const by = await seenBy(mutant, tests);
  console.log(`${by ? 'seen    ' : 'NOT SEEN'} ${name}${by ? `, by ${by}` : ''}`);
  if (by) continue;
  survivors.push(name);
  const left = all.length - tests.length;
  console.log(
    `${difference(mutant)}\n      tried: ${tests.join(' ') || 'no test imports it'}${left ? `, not the ${left} farthest` : ''}`,
  );
}
compiler.close();
if (!values.list) {
  const percent = tried === 0 ? 100 : Math.floor((100 * (tried - survivors.length)) / tried);
  console.log(
    `\n${tried} faults of ${mutants.length}, seed ${values.seed}: ${tried - survivors.length} seen (${percent} %)`,
  );
  for (const name of survivors) console.log(`  not seen: ${name}`);
  if (percent < Number(values.least)) process.exitCode = 1;
}
