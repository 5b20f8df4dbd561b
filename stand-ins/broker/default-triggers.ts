// The Triggers of this system, after the table of limits that the chart's follow too.
import { limits } from '../../config/limits.ts';
import {
  deliveryLost,
  deploymentWarned,
  environmentObserved,
  giteaWebhook,
  modelPromoted,
  modelWithdrawn,
  ping,
  registryDrifted,
  registryUpdated,
} from '../../events/index.ts';
import type { Trigger } from './trigger.ts';

export interface Subscribers {
  parse: string;
  registryWriter: string;
  deadLetter: string;
  /** Undefined: nobody tells statuses. */
  commitStatus?: string;
}

/** Where each function listens → its Trigger. What cannot be delivered goes to `deadLetter`. */
export function defaultTriggers({ parse, registryWriter, deadLetter, commitStatus }: Subscribers): Trigger[] {
  const rest = { backoffPolicy: 'exponential', deadLetterSink: deadLetter } as const;
  return [
    {
      ...rest,
      name: 'parse',
      types: [giteaWebhook.type, ping.type, registryDrifted.type],
      subscriber: parse,
      retry: limits.parseRetries,
      backoffDelayMs: limits.parseBackoff,
      timeoutMs: limits.parseAttempt,
    },
    {
      ...rest,
      name: 'registry-writer',
      types: [modelPromoted.type, modelWithdrawn.type, environmentObserved.type],
      subscriber: registryWriter,
      retry: limits.registryWriterRetries,
      backoffDelayMs: limits.registryWriterBackoff,
      timeoutMs: limits.registryWriterAttempt,
    },
    ...(commitStatus === undefined
      ? []
      : [
          {
            ...rest,
            name: 'commit-status',
            types: [
              modelPromoted.type,
              modelWithdrawn.type,
              registryUpdated.type,
              deploymentWarned.type,
              deliveryLost.type,
            ],
            subscriber: commitStatus,
            retry: limits.commitStatusRetries,
            backoffDelayMs: limits.commitStatusBackoff,
            timeoutMs: limits.commitStatusAttempt,
          },
        ]),
  ];
}
