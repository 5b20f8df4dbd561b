// Which events nobody misses: those that only start functions before they are needed. No alarm is raised for them. Pure.
import type { CloudEvent } from 'cloudevents';
import { giteaPullRequest } from '../../events/index.ts';
import { decodeAttributes } from '../../events/wire.ts';
import { type FunctionName, onlyWakes } from '../table.ts';
import { isLarge } from './read-origin.ts';

/** The reason, where nothing is lost with the event. `receiver`: the function that did not take it, if the broker says which. */
export function nothingLost(event: CloudEvent<unknown>, receiver: FunctionName | undefined): string | undefined {
  if (onlyWakes(event.type, receiver)) return `the event was only to start ${receiver ?? 'a function'}`;
  return event.type === giteaPullRequest.type && isOfNoMerge(event) ? 'no pull request was merged' : undefined;
}

/** What cannot be read may be about a merge. */
function isOfNoMerge(event: CloudEvent<unknown>): boolean {
  if (isLarge(event.data)) return false;
  try {
    const { action, pull_request: request } = decodeAttributes(event).data as {
      action?: unknown;
      pull_request?: { merged?: unknown } | null;
    };
    return action !== 'closed' || request?.merged !== true;
  } catch {
    return false;
  }
}
