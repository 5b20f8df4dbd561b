// Knative function: a push, a ping or a drift → what the branch's head says, as events. The only one that knows a Git token.
import { openForge } from '../../forges/index.ts';
import { type Create, eventHandler, functionModule } from '../function.ts';
import { createParse } from './function.ts';

export const create: Create<'parse'> = (settings, io, deliver) =>
  eventHandler(createParse(settings, io, openForge(settings.parse, io), deliver), io);

export const { init, handle, shutdown, liveness, readiness } = functionModule('parse', create);
