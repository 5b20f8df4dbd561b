// The life of the process: starts its hosts, ends them at SIGTERM, and leaves with an exit code that says how it went.
import { explainCrash } from '../io/explain.ts';
import type { Io } from '../io/io.ts';
import type { Host } from './server.ts';

/**
 * Exit code 0: ended as asked, and all that was acknowledged is done or handed on. 1: could not start, crashed, cut off requests,
 * or gave up what was acknowledged (the log names it by id). Sentences of ours (settings, port) are logged as they are.
 */
export async function supervise(first: Io, start: () => Promise<{ io: Io; hosts: readonly Host[] }>): Promise<void> {
  // What happens before the settings are read is logged by `first`.
  let { log } = first;
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(event, (error: unknown) => {
      log('error', 'crashed', { event, ...explainCrash(error) });
      process.exit(1);
    });
  }
  let started: ReturnType<typeof start> | undefined;
  let ending = false;
  const end = async (signal: string) => {
    // A terminal sends SIGINT to npm and to us, and npm sends it on.
    if (ending) return;
    ending = true;
    log('info', 'ending', { signal });
    const hosts = (await started)?.hosts ?? [];
    const results = await Promise.all(hosts.map((host) => host.close()));
    const cut = results.reduce((sum, result) => sum + result.cut, 0);
    const clean = cut === 0 && results.every((result) => result.clean);
    log(clean ? 'info' : 'error', 'ended', { cut, clean });
    process.exit(clean ? 0 : 1);
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void end(signal));
  try {
    started = start();
    const { io, hosts } = await started;
    log = io.log;
    if (!ending) log('info', 'ready', { ports: hosts.map((host) => host.port) });
  } catch (error) {
    log('error', 'cannot start', {
      reason: error instanceof Error ? error.message : 'something was thrown that is no Error',
    });
    process.exit(1);
  }
}
