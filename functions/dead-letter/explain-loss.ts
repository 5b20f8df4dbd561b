// Why an event was lost, and what a person can do about it, in one sentence each. Pure. Whatever was lost, the next reconcile reads
// Git's head and repairs the registry; what is left for a person is to remove the cause.
import type { LossFailure } from '../../events/delivery-lost.ts';
import { modelPromoted, modelWithdrawn, registryUpdated } from '../../events/index.ts';
import { functions } from '../table.ts';

/**
 * `receiver` and `detail`: who failed and what was said of it, for the log alone. For events and commits the sentence is made of the
 * failure's kind only, because nobody signs what is said of a failure.
 */
export function reasonOf(
  { kind, code, receiver: name }: LossFailure,
  receiver: string = name ?? 'its receiver',
  detail = '',
): string {
  switch (kind) {
    case 'reply':
      return `the broker did not take the reply of a function${code === undefined ? '' : `: ${code}`}`;
    case 'unreachable':
      return `${receiver} could not be reached${detail}`;
    case 'silence':
      return `${receiver} gave no answer the broker could use: none within the time limit, or none it could read`;
    default:
      return `${receiver} answered ${code ?? 'an error'}${detail}`;
  }
}

/** Events that lead to a write; without one of them a change waits for the reconcile. */
const leadToWrites: ReadonlySet<string> = new Set([...functions.parse.takes, ...functions['registry-writer'].takes]);

const reconcile = 'the next reconcile brings the registry in sync with Git; a ping sent now does so at once';

export function remedyOf({ kind, code, receiver }: LossFailure, type: string): string {
  if (receiver === 'rollout-observer')
    return 'Only what serves was not observed; the next reconcile observes it. Look at the log of rollout-observer.';
  if (receiver === 'notify') return 'Only people in channels were not told. Look at the log of notify.';
  if (type === registryUpdated.type)
    return 'Registry and Git are in sync; only a listener missed the event. Look at its log under the same event id.';
  if (!leadToWrites.has(type)) return 'No label depends on this event. Look at the log of its receiver.';
  if (kind === 'reply') {
    return type === modelPromoted.type || type === modelWithdrawn.type
      ? 'The registry was written; only listeners missed the event. Look at what takes the reply.'
      : `The registry was compared, and the result did not get through. When the broker takes events again, ${reconcile}.`;
  }
  switch (kind === 'unreachable' ? undefined : code) {
    case 400:
    case 422:
      return `The same event will never be taken. Correct what the log of dead-letter names; then ${reconcile}.`;
    case 401:
      return kind === 'refusal'
        ? `Give all functions the same EVENT_SIGNING_KEY; then ${reconcile}.`
        : `Something before the function wants a login; let the broker through. Then ${reconcile}.`;
    case 413:
      return `The event is too large for its receiver; ${reconcile}, because a reconcile needs no payload.`;
    case 500:
      return `An error in the receiver: its log says more under the same event id. When that is mended, ${reconcile}.`;
    case 403:
    case 404:
    case 405:
      return `Something else than the function answered: check the address of the Trigger's subscriber. Then ${reconcile}.`;
    default:
      return `When the cause is gone there is nothing to do: ${reconcile}.`;
  }
}
