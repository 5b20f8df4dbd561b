// The result of a command: the same facts as JSON and as text. main.ts prints it and ends the process.
import type { ExitCode } from './exit-codes.ts';
import type { Paint } from './paint.ts';

export interface Result {
  exitCode: ExitCode;
  /** Printed with --json: one document, names in camelCase, times RFC 3339. */
  json: object;
  /** Printed without --json. */
  text(paint: Paint): string;
  /** The command has printed everything already. */
  shown?: true;
}

/** Why a command failed, as a message for a person; `next` says what to do about it. */
export class CommandError extends Error {
  override name = 'CommandError';
  readonly exitCode: ExitCode;
  readonly next: string | undefined;
  constructor(
    message: string,
    { exitCode = 1, next, cause }: { exitCode?: ExitCode; next?: string; cause?: unknown } = {},
  ) {
    super(message, cause === undefined ? undefined : { cause });
    this.exitCode = exitCode;
    this.next = next;
  }
}

/** The command was used wrongly. */
export function wrongUse(message: string, next: string, cause?: unknown): CommandError {
  return new CommandError(message, { exitCode: 2, next, cause });
}
