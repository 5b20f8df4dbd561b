// Knative function: what became of a promotion → a status on its commit. The only one that knows a Git token that may write.
import { openForge } from '../../forges/index.ts';
import { type Create, eventHandler, functionModule } from '../function.ts';
import { createCommitStatus } from './function.ts';

export const create: Create<'commit-status'> = (settings, io) =>
  eventHandler(createCommitStatus(settings, io, openForge(settings.commitStatus, io)), io);

export const { init, handle, shutdown, liveness, readiness } = functionModule('commit-status', create);
