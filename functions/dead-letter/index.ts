// Knative function: whatever no function took (the dead-letter sink of every Trigger) → a log line, a count, and one
// dev.mlops.delivery.lost.v1. Knows no secret but EVENT_SIGNING_KEY, which signs that.
import { type Create, eventHandler, functionModule } from '../function.ts';
import { createDeadLetter } from './function.ts';

export const create: Create<'dead-letter'> = (settings, io, deliver) =>
  eventHandler(createDeadLetter(settings, io, deliver), io);

export const { init, handle, shutdown, liveness, readiness } = functionModule('dead-letter', create);
