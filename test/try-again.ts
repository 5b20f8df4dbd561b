// What every test of an adapter asserts of a call that fails, and servers that end with their test.
import assert from 'node:assert/strict';
import { TryAgainError } from '../events/errors.ts';

/** The call ends with TryAgainError, whose message matches each of `says` and holds none of `secrets`. */
export function fails(call: Promise<unknown>, says: RegExp | readonly RegExp[], secrets: readonly string[] = []) {
  return assert.rejects(call, (error: unknown) => {
    assert.ok(error instanceof TryAgainError, String(error));
    for (const text of [says].flat()) assert.match(error.message, text);
    for (const secret of secrets) assert.ok(!error.message.includes(secret), error.message);
    return true;
  });
}

/** Inside of `describe`: what is handed to the result is closed after each test. */
export function closeAfterEach(): <T extends { close(): Promise<unknown> }>(server: T) => T {
  const open: { close(): Promise<unknown> }[] = [];
  afterEach(async () => {
    await Promise.all(open.splice(0).map((server) => server.close()));
  });
  return (server) => {
    open.push(server);
    return server;
  };
}
