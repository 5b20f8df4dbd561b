// The two ways in which the work on an event fails (docs/architecture.md): stop, or try again. Messages are for people: what was
// expected, what came, where to look; never a secret, never a payload.

/** The request will never succeed as it is: answered with `status` (400, 401, 405, 413, 422), dead-lettered, not repeated. */
export class StopError extends Error {
  override name = 'StopError';
  readonly status: number;
  constructor(status: 400 | 401 | 405 | 413 | 422, message: string, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
  }
}

/** Git, broker or registry cannot be reached or answers anything but what was asked for: answered 503, repeated by the sender. */
export class TryAgainError extends Error {
  override name = 'TryAgainError';
}

/** A server's certificate is not trusted. It is tried again like any other error, but reported at once: only a person can correct it. */
export class UntrustedError extends TryAgainError {}
