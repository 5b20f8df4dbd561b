// `npm run build`, second half: one promotion and one reconcile through the bundles, each of which then keeps the code V8 made
// of it (io/code-cache.ts). `keep-code.ts [folder]`. For the Node that runs this and no other; a build goes on without.
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort, startFunction } from './processes.ts';
import { promote } from './promote.ts';
import { seedWebhook } from './seed.ts';
import { startSystem } from './system.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = path.resolve(root, process.argv[2] ?? 'dist');
const bundles = { folder, args: ['--keep-code'] };

/** An event nobody took, as a broker hands it over. */
const lost = {
  'content-type': 'application/json',
  'ce-specversion': '1.0',
  'ce-id': '1',
  'ce-source': '/build',
  'ce-type': 'dev.example.lost',
  'ce-knativeerrorcode': '422',
  'ce-knativeerrordest': 'http://parse.example',
  'ce-knativeerrordata': Buffer.from('{"error":"unprocessable","message":"Expected sense."}').toString('base64'),
};

try {
  const system = await startSystem({ bundles });
  const { gitea, model, settings } = system;
  try {
    await promote(gitea, gitea.repository, model, '1.1.0');
    await system.idle();
    await system.ping();
    const deadLetter = system.functions.find(({ name }) => name === 'dead-letter')!;
    await fetch(deadLetter.url, { method: 'POST', headers: lost, body: '{}' });

    // All functions in one process are a bundle of their own, without a broker.
    const EVENTS_PORT = String(await freePort());
    const own = { ...settings, K_SINK: undefined, FUNCTION_TARGET: undefined, EVENTS_PORT };
    const all = await startFunction('', folder, await freePort(), own, bundles.args);
    await seedWebhook(gitea, gitea.repository, all.url, system.webhook.secret);
    await promote(gitea, gitea.repository, model, '1.2.0');
    await system.idle();
    await all.stop();
  } finally {
    await system.close();
  }
} catch (error) {
  console.error(`The bundles are whole, but will start more slowly: ${(error as Error).message}`);
}
