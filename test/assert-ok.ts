// For the message of a failed `assert.ok(…)` Node 20 reads the file where it stands, takes it for JavaScript, and in some of
// ours, which are TypeScript, never comes back. So a failure is told without that.
import assert, { AssertionError } from 'node:assert/strict';

assert.ok = function ok(actual: unknown, message?: string | Error): asserts actual {
  if (actual) return;
  if (message instanceof Error) throw message;
  const operator = '==';
  throw new AssertionError({
    message: message ?? `expected something true, came ${String(actual)}`,
    actual,
    expected: true,
    operator,
    stackStartFn: ok,
  });
};
