// Knative function: what became of a promotion → word to people. The only one that knows the tokens and addresses of channels.
import { type Create, eventHandler, functionModule } from '../function.ts';
import { createNotify } from './function.ts';

export const create: Create<'notify'> = (settings, io) => eventHandler(createNotify(settings, io), io);

export const { init, handle, shutdown, liveness, readiness } = functionModule('notify', create);
