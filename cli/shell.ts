// What a command gets from its surroundings: settings, servers, terminal. Commands use nothing else.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline/promises';
import { parseEnv } from 'node:util';
import { readProxies } from '../config/settings/proxies.ts';
import { SettingsError } from '../config/settings/reader.ts';
import { readSettings, type SettingsOf } from '../functions/settings.ts';
import type { FunctionName } from '../functions/table.ts';
import type { Io, Level } from '../io/io.ts';
import { createIo } from '../io/real-io.ts';
import { createPaint, type Paint, wantsColours, within } from './paint.ts';
import { createProgress, type Progress } from './progress.ts';
import { wrongUse } from './result.ts';

export interface LogLine {
  level: Level;
  message: string;
  fields: Readonly<Record<string, unknown>>;
}

export interface Shell {
  /** From the environment and the .env file; the environment wins. */
  env: Readonly<Record<string, string | undefined>>;
  /** `over` replaces what the environment says. Throws CommandError with all errors. */
  settings<N extends FunctionName>(
    functions: readonly N[],
    over?: Readonly<Record<string, string | undefined>>,
  ): SettingsOf<N>;
  io: Io;
  /** What rules and adapters logged so far. */
  log: LogLine[];
  progress: Progress;
  /** For what is shown on stderr. */
  paint: Paint;
  /** For what is shown on stdout, and whether that is a terminal. */
  out: { paint: Paint; terminal: boolean; rows: number };
  /** A person can be asked. */
  interactive: boolean;
  /** Prints a hint on stderr, unless --quiet is set. */
  note(text: string): void;
  /** Asks on the terminal. False for any answer but yes. */
  confirm(question: string): Promise<boolean>;
  /** Prints a part of the result before the command ends. */
  show(text: string): Promise<void>;
  /** Called at the first Ctrl-C instead of ending the process; the second one ends it. */
  onInterrupt?: () => void;
}

/** As much of it as reading Git and the registries takes. */
export type ReadingShell = Pick<Shell, 'settings' | 'io' | 'progress'>;

export interface ShellOptions {
  /** Instead of .env. Not --env-file: Node 20 takes that for an option of its own wherever it stands. */
  settings?: string;
  quiet?: boolean;
  color?: boolean;
}

export const usualEnvFile = '.env';
/** Names the file if --settings does not. */
export const settingsVariable = 'POST_DEPLOYMENT_SETTINGS';

export function createShell({ settings: settingsFile, quiet = false, color = true }: ShellOptions): Shell {
  let read: ReturnType<typeof readEnv> | undefined;
  const environment = () => {
    read ??= readEnv(settingsFile ?? (process.env[settingsVariable] || undefined));
    return read;
  };
  const fromSettings = <T>(take: (env: Shell['env']) => T): T => {
    const { env, from } = environment();
    try {
      return take(env);
    } catch (error) {
      if (!(error instanceof SettingsError)) throw error;
      throw wrongUse(error.message, `Settings come from the environment and from ${from}. .env.example has them all.`);
    }
  };
  const name = 'post-deployment';
  const real = createIo({ name });
  let api: Io['api'] | undefined;
  const progress = createProgress(process.stderr, quiet);
  const log: LogLine[] = [];
  const io: Io = {
    ...real,
    log: (level, message, fields = {}) => void log.push({ level, message, fields }),
    api: async (request) => {
      api ??= createIo({ name, proxies: fromSettings(readProxies) }).api;
      try {
        return await api(request);
      } finally {
        progress.called();
      }
    },
  };
  const note = (text: string) => {
    if (quiet) return;
    progress.end();
    process.stderr.write(`${within(text, paint.columns)}\n`);
  };
  const paint = paintFor(process.stderr, color);
  return {
    get env() {
      return environment().env;
    },
    settings: (functions, over = {}) =>
      fromSettings((env) => readSettings({ ...env, ...over }, functions, io.readFile)),
    io,
    log,
    progress,
    paint,
    out: {
      paint: paintFor(process.stdout, color),
      terminal: process.stdout.isTTY === true && process.env.TERM !== 'dumb',
      get rows() {
        return process.stdout.rows ?? 24;
      },
    },
    async show(text) {
      progress.end();
      await new Promise<void>((resolve) => process.stdout.write(text, () => resolve()));
    },
    interactive: process.stdin.isTTY === true && process.stderr.isTTY === true,
    note,
    async confirm(question) {
      progress.end();
      const lines = createInterface({ input: process.stdin, output: process.stderr });
      // readline takes Ctrl-C on a terminal for itself, and never answers at the end of the input (Ctrl-D).
      lines.on('SIGINT', () => process.kill(process.pid, 'SIGINT'));
      const closed = new Promise<string>((resolve) => lines.once('close', () => resolve('')));
      try {
        const answer = await Promise.race([lines.question(`${within(`${question} [y/N]`, paint.columns)} `), closed]);
        return /^y(es)?$/i.test(answer.trim());
      } finally {
        lines.close();
      }
    },
  };
}

/** Colours and width of the stream. */
export function paintFor(stream: NodeJS.WriteStream, color = true): Paint {
  return createPaint(color && wantsColours(stream.isTTY === true, process.env), () => stream.columns);
}

function readEnv(named: string | undefined): { env: Shell['env']; from: string } {
  const file = path.resolve(named ?? usualEnvFile);
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    if (named === undefined && (cause as NodeJS.ErrnoException).code === 'ENOENT')
      return { env: process.env, from: `a file .env here (there is none in ${process.cwd()})` };
    throw wrongUse(
      `${file} cannot be read (${(cause as NodeJS.ErrnoException).code}).`,
      `Name another file with --settings or ${settingsVariable}, or leave both out.`,
      cause,
    );
  }
  return { env: { ...parseEnv(text), ...process.env }, from: file };
}

/** Asks, unless --yes is set. Throws CommandError if nobody can be asked. */
export async function sure(shell: Shell, question: string, yes = false): Promise<boolean> {
  if (yes) return true;
  if (shell.interactive) return shell.confirm(question);
  throw wrongUse('This is not a terminal, so nobody can be asked; nothing was changed.', 'Add --yes.');
}
