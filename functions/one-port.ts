// Webhooks and pings on one port, where a platform gives a process no other one (a Knative Service). Strangers reach it, so an
// event is only taken if it is a ping that somebody who has the event key has signed; all other events stay in the process.
import { CloudEvent } from 'cloudevents';
import { StopError } from '../events/errors.ts';
import { type as pingType } from '../events/ping.ts';
import { checkSignature } from '../events/signature.ts';
import { decodeAttributes } from '../events/wire.ts';
import type { FunctionModule } from '../host/function-module.ts';

/** Bytes of a ping's data, which nobody reads. */
const pingBytes = 1_024;

/** `key`: as the senders of pings have it. */
export function onOnePort(
  webhooks: FunctionModule,
  events: FunctionModule,
  key: () => string | undefined,
): FunctionModule {
  return {
    handle(context, given) {
      if (!(given instanceof CloudEvent)) return webhooks.handle(context, given);
      if (given.type !== pingType) throw new StopError(422, `Expected a webhook, or an event of type ${pingType}.`);
      if ((context.rawBody?.length ?? 0) > pingBytes) throw new StopError(413, `Expected at most ${pingBytes} bytes.`);
      checkSignature(decodeAttributes(given, context.headers), key());
      return events.handle(context, given);
    },
    shutdown: (msLeft) => events.shutdown?.(msLeft),
  };
}
