// What strangers' bytes cost: the worst inputs known for every door, and for what a repository holds, beside a plain parse of as
// many bytes of ordinary JSON. A process of its own for each, so that the greatest memory is that of the one input.
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { buildSync } from 'esbuild';
import { freePort } from '../local/processes.ts';
import { bundles, type Contestant, contestant, root } from './contestants.ts';
import { startProcess } from './process.ts';
import { eventHeaders, type Message, send } from './record.ts';
import { strangeFiles, strangePaths, strangeRequests } from './strange-inputs.ts';
import { untilListening } from './warm.ts';
import type { World } from './world.ts';

export interface Stranger {
  door: string;
  what: string;
  /** Of one input. */
  bytes: number;
  /** The answer; none of a file. */
  status?: number;
  /** CPU time, and what memory grew by at most, as multiples of the plain parse. */
  cpu: number;
  memory: number;
  /** Of a file: CPU time as a multiple of what the package `yaml` takes for an ordinary file of as many bytes. */
  cpuToYaml?: number;
}

/** Plain parses of as many bytes, in CPU time and in memory, of what is sent before its sender is known. */
export const most = 20;

/** Bytes that come at once: one webhook of the greatest size, or as many smaller ones. */
const atOnce = 25 * 2 ** 20;

interface Used {
  cpuMs: number;
  bytes: number;
}

export async function measureStrangers(world: World, rounds: number, say: (text: string) => void): Promise<Stranger[]> {
  const results: Stranger[] = [];
  const ordinary = JSON.stringify(JSON.parse(world.recording.webhook.body));
  const plainBySize = new Map<number, Used>();
  for (const { door, what, message, env } of strangeRequests(world.recording)) {
    const size = message.body.length + Object.entries(message.headers).flat().join().length;
    const count = Math.ceil(atOnce / Math.max(size, 2 ** 15));
    if (!plainBySize.has(size)) {
      const yardstick = { args: [path.join(root, 'bench/bare/json.cjs')], env: {} };
      const json = { headers: {}, body: ordinaryJson(ordinary, size) };
      plainBySize.set(size, (await least(rounds, () => measureOne(yardstick, {}, json, count))).used);
    }
    const plain = plainBySize.get(size)!;
    const { used, status } = await least(rounds, () =>
      measureOne(contestant(door, 'ours', 0), { ...world.settings, ...env }, message, count),
    );
    say(`  ${door}: ${what}`);
    results.push({ door, what, bytes: size, status, cpu: used.cpuMs / plain.cpuMs, memory: used.bytes / plain.bytes });
  }
  return [...results, ...measureFiles(ordinary, rounds, say)];
}

/** Of several rounds what took least CPU time: noise only adds. */
async function least<T extends { used: Used }>(rounds: number, measure: () => Promise<T>): Promise<T> {
  let best = await measure();
  for (let i = 1; i < rounds; i++) {
    const one = await measure();
    const bytes = Math.min(one.used.bytes, best.used.bytes);
    const better = one.used.cpuMs < best.used.cpuMs ? one : best;
    best = { ...better, used: { ...better.used, bytes } };
  }
  return best;
}

async function measureOne(
  { args, env }: Contestant,
  settings: Record<string, string>,
  message: Message,
  count: number,
): Promise<{ used: Used; status: number }> {
  const port = await freePort();
  const started = startProcess(process.execPath, { args, env: { ...env, PORT: String(port) } }, settings, true);
  const url = `http://127.0.0.1:${port}/`;
  try {
    // What is loaded and compiled at the first requests is in no figure.
    const usual = { headers: eventHeaders('of.nobody'), body: '{}' };
    await untilListening(async () => void (await send(url, usual)));
    for (let i = 0; i < 20; i++) await send(url, usual);
    const before = await started.usage();
    const statuses = await Promise.all(Array.from({ length: count }, () => send(url, message)));
    const after = await started.usage();
    const bytes = (after.peakMb - before.peakMb) * 2 ** 20;
    return { used: { cpuMs: after.cpuMs - before.cpuMs, bytes: Math.max(bytes, 2 ** 20) }, status: statuses[0]! };
  } finally {
    await started.end();
  }
}

/** As many bytes of webhooks, in a list. */
function ordinaryJson(one: string, size: number): string {
  const times = Math.max(0, Math.floor((size - 10) / (one.length + 1)));
  const list = `[${`${one},`.repeat(times)}"`;
  return `${list}${'x'.repeat(Math.max(0, size - list.length - 2))}"]`;
}

/** Read by what parse reads them with, bundled as parse is. */
function measureFiles(ordinary: string, rounds: number, say: (text: string) => void): Stranger[] {
  const file = path.join(bundles, 'strange-files.cjs');
  buildSync({
    stdin: {
      contents:
        "export { readDeploymentFile } from './promotions/deployment-file.ts';\nexport { readTemplate } from './promotions/deployment-template.ts';",
      resolveDir: root,
    },
    bundle: true,
    platform: 'node',
    format: 'cjs',
    outfile: file,
  });
  const measure = (kind: string, input: string | Buffer): Used => {
    const text = execFileSync(process.execPath, [path.join(root, 'bench/read-strange.cjs'), file, kind], { input });
    return JSON.parse(text.toString()) as Used;
  };
  const best = (kind: string, input: string | Buffer): Used => {
    const all = Array.from({ length: rounds }, () => measure(kind, input));
    return { cpuMs: Math.min(...all.map((one) => one.cpuMs)), bytes: Math.min(...all.map((one) => one.bytes)) };
  };
  const results: Stranger[] = [];
  for (const { kind, what, input } of [...strangeFiles(), ...strangePaths()]) {
    say(`  ${kind}: ${what}`);
    const used = best(kind, input);
    const plain = best('json', ordinaryJson(ordinary, input.length));
    const yaml = kind === 'file' ? best('yaml', ordinaryYaml(input.length)) : undefined;
    results.push({
      door: kind === 'file' ? 'deployment file' : 'path',
      what,
      bytes: input.length,
      cpu: used.cpuMs / plain.cpuMs,
      memory: used.bytes / plain.bytes,
      ...(yaml && { cpuToYaml: used.cpuMs / yaml.cpuMs }),
    });
  }
  return results;
}

function ordinaryYaml(size: number): string {
  const entry = (i: number) => `model_${i}:\n  name: jukebox\n  image: quay.io/models/jukebox:1.${i}\n  replicas: 3\n`;
  let text = '';
  for (let i = 0; text.length < size; i++) text += entry(i);
  return text.slice(0, text.lastIndexOf('\nmodel_', size) + 1) || entry(0);
}
