// Starts what a bundle holds, as the whole process: one function, or all of them. The only reader of FUNC_HOST.
import { drainTime } from '../host/drain-time.ts';
import type { FunctionModule } from '../host/function-module.ts';
import { type Host, serve } from '../host/server.ts';
import { startStockRuntime } from '../host/stock-runtime.ts';
import { supervise } from '../host/supervise.ts';
import { loadAxios } from '../io/http.ts';
import type { Io } from '../io/io.ts';
import { createIo } from '../io/real-io.ts';
import { warnIn } from './function.ts';
import { type AllSettings, readAllSettings, readSettings } from './settings.ts';
import { type FunctionName, functions } from './table.ts';

/** ms within which a request must have come whole: 25 MiB need 7 Mbit/s. */
export const requestTimeoutMs = 30_000;

/**
 * Between listening and the first event a platform spends some 10 to 200 ms on probes; the library is there by then. Where
 * it cannot be loaded, the first call says so.
 */
function preloadAxios(): void {
  setImmediate(() => void loadAxios().catch(() => {}));
}

/** One function, on our host or, with FUNC_HOST=faas-js-runtime, on the stock runtime. */
export async function run(name: FunctionName, module: FunctionModule): Promise<void> {
  const files = createIo({ name });
  const { bodyLimit, parseBody } = functions[name];
  const read = () => readSettings(process.env, name, files.readFile);
  switch (process.env.FUNC_HOST || 'own') {
    case 'own':
      return supervise(files, async () => {
        const { port, listenAddress: hostname, logLevel: level, gracePeriodMs } = read();
        const io = createIo({ name, level });
        const limits = { bodyLimit, requestTimeoutMs, gracePeriodMs: drainTime(gracePeriodMs) };
        const host = await serve(module, { port, hostname, parseBody, io, ...limits });
        preloadAxios();
        return { io, hosts: [host] };
      });
    case 'faas-js-runtime':
      return startStockRuntime(module, files, () => {
        const { port, listenAddress, logLevel: level } = read();
        if (listenAddress !== undefined)
          throw new Error('LISTEN_ADDRESS: the stock runtime listens on all interfaces; unset it, or FUNC_HOST');
        return { port, level, bodyLimit };
      });
    default:
      files.log('error', 'cannot start', {
        reason: 'FUNC_HOST: expected faas-js-runtime, or nothing for our own host',
      });
      process.exit(1);
  }
}

/** All functions in one process; `start` hosts them. */
export async function runAll(start: (settings: AllSettings, io: Io) => Promise<readonly Host[]>): Promise<void> {
  const files = createIo({ name: 'all' });
  await supervise(files, async () => {
    if (process.env.FUNC_HOST)
      throw new Error('FUNC_HOST: the stock runtime hosts one function; set FUNCTION_TARGET to say which');
    const settings = readAllSettings(process.env, files.readFile, warnIn(files.log));
    const { logLevel: level, proxies } = settings;
    const io = createIo({ name: 'all', level, proxies });
    const hosts = await start(settings, io);
    preloadAxios();
    return { io, hosts };
  });
}
