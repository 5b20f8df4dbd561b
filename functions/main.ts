// dist/index.cjs: loads the file beside it that FUNCTION_TARGET names, and no other.
import { createRequire } from 'node:module';
import { clock } from '../io/clock.ts';
import { createLog } from '../io/log.ts';
import { chosenFunction } from './table.ts';

/** Ends the process with a sentence in the log where there is no such function. */
export function start(): void {
  try {
    const require = createRequire(__filename);
    (require(`./${chosenFunction(process.env)}.cjs`) as { start(): void }).start();
  } catch (error) {
    const log = createLog({ name: 'start', level: 'info', now: clock.now });
    log('error', 'cannot start', {
      reason: error instanceof Error ? error.message : 'something was thrown that is no Error',
    });
    process.exit(1);
  }
}
