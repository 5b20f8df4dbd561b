// An error in words for a person, and the exit code that goes with it.
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
      next: 'post-deployment doctor tells which setting or server is at fault.',
    };
  return { message: `A fault of post-deployment itself: ${(error as Error).stack ?? error}`, exitCode: 1 };
}
