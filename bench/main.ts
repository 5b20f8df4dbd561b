// `npm run bench [-- --quick]`: measures everything, prints the page, and writes bench/results.md with the raw samples beside
// it. With --quick: few samples, on this Node only, written nowhere; counts of calls are still held to their limits.
import { execFileSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { prepare, root } from './contestants.ts';
import { measureFromZero } from './from-zero.ts';
import { measureGrowth } from './growth.ts';
import { atRest } from './idle.ts';
import { times } from './page.ts';
import { measurePromotion } from './promotion.ts';
import { giteaCalls, renderReport } from './report.ts';
import type { Results } from './results.ts';
import { measureLibraries, measureSizes } from './sizes.ts';
import { measureStrangers, most } from './strangers.ts';
import { measureWarm } from './warm.ts';
import { openWorld } from './world.ts';

const quick = process.argv.includes('--quick');
const unknown = process.argv.slice(2).filter((argument) => argument !== '--quick');
if (unknown.length > 0) throw new Error(`Expected --quick or nothing, got ${unknown.join(' ')}`);
const began = performance.now();
const say = (text: string) =>
  console.error(`${((performance.now() - began) / 1000).toFixed(0).padStart(4)} s  ${text}`);

/** Other versions of Node come from npm, once. */
function nodes(): Record<string, string> {
  const own = { [process.versions.node]: process.execPath };
  if (quick) return own;
  const others = ['20', '22', '24'].filter((version) => version !== process.versions.node.split('.')[0]);
  for (const version of others) {
    const folder = path.join(root, `node_modules/.cache/bench/node${version}`);
    const binary = path.join(folder, 'node_modules/node/bin/node');
    if (!existsSync(binary))
      execFileSync('npm', ['install', '--silent', '--no-save', '--prefix', folder, `node@${version}`], {
        stdio: 'inherit',
      });
    Object.assign(own, {
      [execFileSync(binary, ['-p', 'process.versions.node'], { encoding: 'utf8' }).trim()]: binary,
    });
  }
  return own;
}

const warmEvents = quick ? 200 : 10_000;
say('building …');
const allNodes = nodes();
prepare();
const world = await openWorld();
try {
  say('from zero …');
  const fromZero = await measureFromZero(world, allNodes, quick ? 3 : 9, say);
  say('warm …');
  const warm = await measureWarm(world, warmEvents, say);
  say('a promotion …');
  const promotion = await measurePromotion(world, quick ? 3 : 9);
  say('growth …');
  const growth = await measureGrowth(quick);
  say('strangers …');
  const strangers = await measureStrangers(world, quick ? 1 : 3, say);
  const results: Results = {
    date: new Date().toISOString().slice(0, 10),
    node: process.versions.node,
    cores: availableParallelism(),
    quick,
    fromZero,
    warm,
    warmEvents,
    sizes: measureSizes(),
    libraries: measureLibraries(quick ? 3 : 15),
    promotion,
    growth,
    strangers,
    idle: atRest(world.recording),
  };
  const report = renderReport(results);
  console.log(report);
  if (!quick) {
    writeFileSync(path.join(root, 'bench/results.md'), report);
    writeFileSync(path.join(root, 'bench/results.json'), `${JSON.stringify(results)}\n`);
  }
  const faults = checkCounts(results);
  for (const fault of faults) say(`over its limit: ${fault}`);
  process.exitCode = faults.length > 0 ? 1 : 0;
} finally {
  await world.close();
}

/** What is no matter of time and so the same on every machine. */
function checkCounts({ promotion, growth, strangers }: Results): string[] {
  const faults: string[] = [];
  const ours = promotion.find(
    ({ what, way, delayMs }) => what === 'registry-writer' && way === 'ours' && delayMs === 100,
  )!;
  if (ours.calls > 9) faults.push(`a promotion takes ${ours.calls} registry calls`);
  if (ours.sequence > 6) faults.push(`of a promotion's registry calls ${ours.sequence} are one after the other`);
  const versions = growth.find(({ of }) => of.startsWith('versions'))!;
  if (new Set(versions.points.map(({ calls }) => calls)).size > 1)
    faults.push('registry calls grow with the versions of a model');
  const gitea = giteaCalls(growth);
  if (gitea && gitea.calls > gitea.limit)
    faults.push(`one application among 1,000 takes ${gitea.calls} calls to Gitea`);
  // Of requests: a path has 4,000 characters at most, and a deployment file is measured against another reader of YAML.
  const greedy = strangers.filter(({ status, memory }) => status !== undefined && memory >= most);
  for (const { door, what, memory } of greedy)
    faults.push(`${door} takes ${times(memory)} the memory of a plain parse for ${what}`);
  return faults;
}
