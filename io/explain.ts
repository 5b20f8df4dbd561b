// What a log line says of an error. Messages of libraries quote what they were given (a JSON parser the text, a YAML parser the file),
// which may be a payload or a secret; so a message is logged only where it cannot hold one.
import { StopError, TryAgainError } from '../events/errors.ts';

export interface Explanation extends Record<string, unknown> {
  reason: string;
  /** Where it was thrown; without the message, which V8 puts in front. */
  stack?: string[];
}

/** For a failed request: messages of our own errors, else class, code and place. */
export function explain(error: unknown): Explanation {
  if (error instanceof StopError || error instanceof TryAgainError) return { reason: error.message };
  if (!(error instanceof Error)) return { reason: `thrown: ${error === null ? 'null' : typeof error}` };
  const { code } = error as NodeJS.ErrnoException;
  const parts = [error.name, typeof code === 'string' ? code : undefined, missing(error)];
  return { reason: parts.filter(Boolean).join(' '), stack: frames(error) };
}

/** For an error that ends the process: with its message, except a parser's. */
export function explainCrash(error: unknown): Explanation {
  if (!(error instanceof Error) || error instanceof SyntaxError || /^(YAML|Vali|Validation)/.test(error.name))
    return explain(error);
  return { reason: `${error.name}: ${error.message}`, stack: frames(error) };
}

/** The commonest error in code; its message names a property and no value. */
function missing(error: Error): string | undefined {
  return /^Cannot read properties of (undefined|null) \(reading '[\w$]{1,40}'\)$/.test(error.message)
    ? error.message
    : undefined;
}

function frames(error: Error): string[] {
  return (error.stack ?? '')
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .slice(0, 8)
    .map((line) => line.trim());
}
