// An error as a message for a person, with its exit code.
import { StopError, TryAgainError } from '../events/errors.ts';
import type { ExitCode } from './exit-codes.ts';
import { CommandError } from './result.ts';

export function explain(error: unknown): { message: string; next?: string; exitCode: ExitCode } {
  if (error instanceof CommandError)
    return { message: error.message, exitCode: error.exitCode, ...(error.next && { next: error.next }) };
  if (error instanceof StopError) return { message: error.message, exitCode: 1 };
  if (error instanceof TryAgainError)
    return {
      message: `${error.message}.`,
      exitCode: 1,
      next: 'post-deployment doctor shows which setting or server is wrong.',
    };
  return { message: `An error in post-deployment itself: ${(error as Error).stack ?? error}`, exitCode: 1 };
}
