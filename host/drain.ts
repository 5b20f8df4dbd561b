// How a host ends, within its grace period: it takes no more requests, has the function give back what it holds, ends
// the requests that are there, then the function.
import type { Server, ServerResponse } from 'node:http';
import net from 'node:net';
import { explain } from '../io/explain.ts';
import type { Clock } from '../io/io.ts';
import { within } from '../io/within.ts';
import type { Hosting } from './take-request.ts';

/**
 * A request may be on its way into a connection that looks idle from here, or whole in one that waits in the kernel's queue
 * (libuv takes one a turn): closed at that moment, it is reset, and a forge never sends again. So an ending host goes on
 * listening, then keeps open what is there, each until nothing came for so many turns of so many ms, and answers 503.
 */
const quietTurns = 10;
const quietTurn = 20;

/** ms; senders that connect later do not learn that the instance is ending. */
const longestListening = 1_000;

/** `cut`: requests that were cut off. `clean`: the function's `shutdown` ended well and gave nothing up. */
export async function drain(
  server: Server,
  hosting: Hosting,
  isConnected: () => boolean,
): Promise<{ cut: number; clean: boolean }> {
  const { active, options, io } = hosting;
  const { clock } = io;
  hosting.draining = true;
  giveBack(hosting);
  const start = clock.monotonic();
  const end = start + options.gracePeriodMs;
  // The function's own ending gets a share even when requests use up the rest.
  const reserve = Math.min(2_000, options.gracePeriodMs / 5);
  if (isConnected())
    await untilQuiet(clock, () => hosting.connected, Math.min(end - reserve, start + longestListening));
  // Only listens no more; http's own would close idle connections, too.
  net.Server.prototype.close.call(server);
  if (isConnected()) await untilQuiet(clock, () => hosting.arrivals, end - reserve);
  server.close();
  server.closeIdleConnections();
  const left = () => Math.max(0, end - clock.monotonic());
  await within(clock, left() - reserve, allClosed(active.values()));
  const cut = active.size;
  server.closeAllConnections();
  const clean = await within(clock, left(), endFunction(hosting, left()));
  return { cut, clean: clean === true };
}

/** Until `count` has not grown for some turns. Not by the clock alone: after a stall it would say "quiet" at once. */
async function untilQuiet(clock: Clock, count: () => number, end: number): Promise<void> {
  for (let turns = 0; turns < quietTurns && clock.monotonic() < end; turns++) {
    const before = count();
    await clock.sleep(quietTurn);
    if (count() > before) turns = 0;
  }
}

/** Requests that have been taken, each until its answer is out. */
async function allClosed(active: Iterable<ServerResponse>): Promise<true> {
  for (const response of active) if (!response.closed) await new Promise((resolve) => response.once('close', resolve));
  return true;
}

function giveBack({ module, io }: Hosting): void {
  try {
    module.ending?.();
  } catch (error) {
    io.log('error', 'shutdown failed', explain(error));
  }
}

async function endFunction({ module, io }: Hosting, msLeft: number): Promise<boolean> {
  try {
    return (await module.shutdown?.(msLeft)) !== false;
  } catch (error) {
    io.log('error', 'shutdown failed', explain(error));
    return false;
  }
}
