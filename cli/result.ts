// What a command gives back: the same facts as JSON and as text. Printing and ending the process are main.ts's.
import type { ExitCode } from './exit-codes.ts';
import type { Paint } from './paint.ts';

export interface Result {
  exitCode: ExitCode;
  /** Printed with --json: one document, names in camelCase, times RFC 3339. */
  json: object;
  /** Printed otherwise. */
  text(paint: Paint): string;
  /** Everything was printed on the way. */
  shown?: true;
}

/** A refusal or failure in words for a person; `next` says what to do about it. */
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
