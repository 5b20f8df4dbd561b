// How long from the start of the process to the first answer: bare node:http, our host, the stock runtime. Times differ by
// machine and hour; the ratios of one run are what counts. `node --import tsx bench/start-up.ts [rounds]`, by hand.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';

const rounds = Number(process.argv[2] ?? 15);
const root = fileURLToPath(new URL('..', import.meta.url));
/** Below node_modules, so that the bundles find the stock runtime there. */
const dist = fileURLToPath(new URL('../node_modules/.cache/bench-start-up', import.meta.url));

const bare = `require('node:http').createServer((q, r) => { q.resume(); r.statusCode = 202; r.end() }).listen(+process.env.PORT)`;
const event = {
  method: 'POST',
  headers: {
    'ce-specversion': '1.0',
    'ce-id': '1',
    'ce-source': '/bench',
    'ce-type': 'of.nobody',
    'content-type': 'application/json',
  },
};
const webhook = { method: 'POST', headers: { 'content-type': 'application/json' } };
const env = {
  GITEA_WEBHOOK_SECRET: 'bench',
  K_SINK: 'http://127.0.0.1:9/',
  MODEL_REGISTRY_URL: 'http://127.0.0.1:9/',
  LOG_LEVEL: 'error',
};

/** What is started, and what its first answer is. */
const contestants: Record<
  string,
  { args: string[]; env?: Record<string, string>; request: http.RequestOptions; status: number }
> = {
  'bare node:http': { args: ['-e', bare], request: webhook, status: 202 },
  'gitea-source, our host': {
    args: [`${dist}/index.cjs`],
    env: { FUNCTION_TARGET: 'gitea-source' },
    request: webhook,
    status: 401,
  },
  'registry-writer, our host': {
    args: [`${dist}/index.cjs`],
    env: { FUNCTION_TARGET: 'registry-writer' },
    request: event,
    status: 202,
  },
  'registry-writer, stock runtime': {
    args: [`${dist}/index.cjs`],
    env: { FUNCTION_TARGET: 'registry-writer', FUNC_HOST: 'faas-js-runtime' },
    request: event,
    status: 202,
  },
};

execFileSync(process.execPath, ['build.mjs', dist], { cwd: root, stdio: 'inherit' });
const times: Record<string, number[]> = {};
for (let round = 0; round < rounds; round += 1)
  for (const [name, contestant] of Object.entries(contestants))
    times[name] = [...(times[name] ?? []), await startUp(name, contestant)];

const base = median(times['bare node:http']!);
console.log(`\nNode ${process.version}, ${rounds} rounds, start of the process to its first answer`);
for (const [name, all] of Object.entries(times)) {
  const middle = median(all);
  console.log(`${name.padEnd(32)}${middle.toFixed(0).padStart(6)} ms  x${(middle / base).toFixed(2)}`);
}

async function startUp(
  name: string,
  { args, env: more, request, status }: (typeof contestants)[string],
): Promise<number> {
  const port = await freePort();
  const start = performance.now();
  const child = spawn(process.execPath, args, {
    env: { PATH: process.env.PATH, ...env, ...more, PORT: String(port) },
    stdio: 'ignore',
  });
  const ended = once(child, 'close');
  try {
    for (;;) {
      const answer = await ask({ ...request, port, host: '127.0.0.1', agent: false });
      if (answer === status) return performance.now() - start;
      if (answer !== undefined || child.exitCode !== null)
        throw new Error(`${name}: expected ${status}, got ${answer ?? `exit code ${child.exitCode}`}`);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  } finally {
    child.kill('SIGKILL');
    await ended;
  }
}

/** The status; undefined while nobody listens. */
function ask(options: http.RequestOptions): Promise<number | undefined> {
  return new Promise((resolve) => {
    const request = http.request(options, (response) => {
      response.resume();
      response.on('end', () => resolve(response.statusCode));
    });
    request.on('error', () => resolve(undefined));
    request.end('{}');
  });
}

async function freePort(): Promise<number> {
  const server = net.createServer().listen(0);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
}
