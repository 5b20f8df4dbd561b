// The process of `post-deployment`: parses the arguments, runs the command, prints its result, ends with its exit code.
import { CommanderError } from 'commander';
import packageJson from '../package.json' with { type: 'json' };
import { inOrder } from './arguments.ts';
import { explain } from './explain.ts';
import { within } from './paint.ts';
import { type CommonOptions, createProgram, type Perform } from './program.ts';
import type { Result } from './result.ts';
import { createShell, paintFor, type Shell } from './shell.ts';

const { stdout, stderr } = process;
let shell: Shell | undefined;

/** Runs what the arguments say and ends the process. */
export async function main(): Promise<never> {
  watchEnds();
  const program = createProgram(packageJson.version, perform);
  for (const command of [program, ...program.commands, ...program.commands.flatMap(({ commands }) => commands)]) {
    command.exitOverride();
    command.configureOutput({
      writeOut: (text) => stdout.write(within(text, paintFor(stdout).columns)),
      writeErr: (text) => stderr.write(within(text, paintFor(stderr).columns)),
    });
  }
  try {
    await program.parseAsync(inOrder(program, process.argv.slice(2)), { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // Help and version were asked for; everything else is wrong use, which the parser has reported.
    process.exitCode = error.exitCode === 0 ? 0 : 2;
  }
  // Connections that are kept alive would keep the process running.
  process.exit();
}

function watchEnds(): void {
  // `| head` and the like: nobody reads the rest.
  for (const stream of [stdout, stderr])
    stream.on('error', (error: NodeJS.ErrnoException) => {
      process.exit(error.code === 'EPIPE' ? 141 : 1);
    });

  let interrupted = false;
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.on(signal, () => {
      if (shell?.onInterrupt && !interrupted) {
        interrupted = true;
        shell.onInterrupt();
        return;
      }
      shell?.progress.end();
      stderr.write('Interrupted.\n');
      process.exit(130);
    });
}

const perform: Perform = async (options, command) => {
  try {
    shell = createShell(options);
    const result = await command(shell);
    shell.progress.end();
    if (!result.shown) await print(result, options);
    process.exitCode = result.exitCode;
  } catch (error) {
    shell?.progress.end();
    await fail(error, options);
  }
};

async function print(result: Result, { json, color }: CommonOptions): Promise<void> {
  const paint = paintFor(stdout, color);
  await write(json ? JSON.stringify(result.json, null, 2) : within(result.text(paint), paint.columns));
}

async function fail(error: unknown, { json }: CommonOptions): Promise<void> {
  const { message, next, exitCode } = explain(error);
  const text = `${message}${next === undefined ? '' : `\n→ ${next}`}`;
  stderr.write(`${within(text, paintFor(stderr).columns)}\n`);
  if (json) await write(JSON.stringify({ error: { message, ...(next && { next }), exitCode } }, null, 2));
  process.exitCode = exitCode;
}

function write(text: string): Promise<void> {
  return new Promise((resolve) => stdout.write(`${text}\n`, () => resolve()));
}
