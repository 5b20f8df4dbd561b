// The same under its former place.
export { StopError, TryAgainError } from '../events/errors.ts';
