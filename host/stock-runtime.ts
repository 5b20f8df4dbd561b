// Runs a function on func's stock Node runtime (npm faas-js-runtime) instead of our host: to show that it is a
// standard function, and for those who prefer it. The runtime's defects are not repaired, except that a crash is logged.
import { dirname } from 'node:path';
import { explainCrash } from '../io/explain.ts';
import type { Io, Level } from '../io/io.ts';
import type { FunctionModule } from './function-module.ts';

/** `io` logs what goes wrong before the options are known. Ends the process with 1 when it cannot start. */
export async function startStockRuntime(
  module: FunctionModule,
  io: Io,
  options: () => { port: number; level: Level; bodyLimit: number },
): Promise<void> {
  const giveUp = (message: string, fields: Record<string, unknown>) => {
    io.log('error', message, fields);
    process.exit(1);
  };
  // Before the runtime's own handler, which ends with code 0 and says nothing.
  process.prependListener('uncaughtException', (error) => giveUp('crashed', explainCrash(error)));
  try {
    const { start } = await load();
    const { port, level, bodyLimit } = options();
    const given = {
      port,
      // At info it logs every URL, query and all.
      logLevel: level === 'info' ? 'warn' : level,
      bodyLimit,
      includeRaw: true,
      // A folder without func.yaml: what stands in one would win over these options.
      config: dirname(process.execPath),
    };
    // Its types know neither all its options nor that its levels are words.
    await start(module as Parameters<typeof start>[0], given as unknown as Parameters<typeof start>[1]);
    io.log('info', 'ready', { host: 'faas-js-runtime', ports: [port] });
  } catch (error) {
    giveUp('cannot start', {
      reason: error instanceof Error ? error.message : 'something was thrown that is no Error',
    });
  }
}

async function load(): Promise<Pick<typeof import('faas-js-runtime'), 'start'>> {
  try {
    // A CJS module whose names Node cannot see: everything is in the default export.
    return (await import('faas-js-runtime')).default;
  } catch (cause) {
    throw new Error('FUNC_HOST=faas-js-runtime: expected the package faas-js-runtime in node_modules; run `npm ci`', {
      cause,
    });
  }
}
