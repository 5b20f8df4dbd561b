// dist/index.cjs: loads the bundle that FUNCTION_TARGET names, and no other. Made for the build, where `require` is Node's.
import { clock } from '../io/clock.ts';
import { createLog } from '../io/log.ts';
import { chosenFunction } from './index.ts';

try {
  const bundle = `./${chosenFunction(process.env)}.cjs`;
  (require(bundle) as { start(): void }).start();
} catch (error) {
  const log = createLog({ name: 'start', level: 'info', now: clock.now });
  log('error', 'cannot start', { reason: error instanceof Error ? error.message : 'thrown: no Error' });
  process.exit(1);
}
