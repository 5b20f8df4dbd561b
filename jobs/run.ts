// Runs a job: settings, one piece of work, one log line, exit code 0 or 1. Repeats nothing: that is Kubernetes' business.

import { readProxies } from '../config/settings/proxies.ts';
import { type Reading, readTable, SettingsError, type Table, type Values } from '../config/settings/reader.ts';
import { settingsTable } from '../config/settings/settings.ts';
import { StopError, TryAgainError } from '../events/errors.ts';
import { explain } from '../io/explain.ts';
import type { Io } from '../io/io.ts';
import { createIo } from '../io/real-io.ts';

/** What a job did, for its log line. */
export type Done = Readonly<Record<string, unknown>>;

export interface Job<T extends Table> {
  name: string;
  table: T;
  /** Checks settings together, which are right one by one. */
  check?(reading: Reading<T>): void;
  work(settings: Values<T>, io: Io, reading: Reading<T>): Promise<Done>;
}

const { LOG_LEVEL } = settingsTable;

/** Ends the process: 0 when it is done, 1 with the reason in the log when it should be tried again. */
export async function runJob<const T extends Table>({ name, table, check, work }: Job<T>): Promise<void> {
  const first = createIo({ name });
  try {
    const { LOG_LEVEL: level } = readTable({ LOG_LEVEL }, () => true, process.env, first.readFile).finish();
    const io = createIo({ name, level, proxies: readProxies(process.env) });
    const reading = readTable(table, () => true, process.env, io.readFile);
    check?.(reading);
    io.log('info', 'done', await work(reading.finish(), io, reading));
    process.exitCode = 0;
  } catch (error) {
    const ours = [StopError, TryAgainError, SettingsError].some((type) => error instanceof type);
    first.log('error', 'failed', ours ? { reason: (error as Error).message } : explain(error));
    process.exitCode = 1;
  }
}
