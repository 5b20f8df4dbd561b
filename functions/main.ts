// dist/index.cjs: loads the bundle that FUNCTION_TARGET names, and no other. Made for the build, where `require` is Node's.
// With --keep-code it writes at its end what V8 compiled (local/keep-code.ts).
import { clock } from '../io/clock.ts';
import { openBundles } from '../io/code-cache.ts';
import { createLog } from '../io/log.ts';
import { chosenFunction } from './index.ts';

try {
  const bundles = openBundles(__dirname, require);
  if (process.argv[2] === '--keep-code') process.once('exit', () => bundles.keep());
  (bundles.load(chosenFunction(process.env)) as { start(): void }).start();
} catch (error) {
  const log = createLog({ name: 'start', level: 'info', now: clock.now });
  log('error', 'cannot start', { reason: error instanceof Error ? error.message : 'thrown: no Error' });
  process.exit(1);
}
