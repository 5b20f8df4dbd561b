// The process under test: echo.ts on the host that FUNC_HOST names, PORT and grace period from the environment.
import { serve } from '../../host/server.ts';
import { startStockRuntime } from '../../host/stock-runtime.ts';
import { supervise } from '../../host/supervise.ts';
import { createIo } from '../../io/real-io.ts';
import * as echo from './echo.ts';

const io = createIo({ name: 'echo' });
const port = Number(process.env.PORT);
const bodyLimit = 1024 * 1024;

if (process.env.FUNC_HOST === 'faas-js-runtime') {
  await startStockRuntime(echo, io, () => ({ port, level: 'error', bodyLimit }));
} else {
  const gracePeriodMs = Number(process.env.GRACE_MS ?? 5_000);
  await supervise(io, async () => ({
    io,
    hosts: [await serve(echo, { port, bodyLimit, requestTimeoutMs: 200_000, gracePeriodMs, io })],
  }));
}
