// Knative function: promoted, withdrawn and observed events → what the Pods of the cluster serve, as events. The only one that reads
// a cluster.
import { openKubernetes } from '../../clusters/kubernetes.ts';
import { type Create, eventHandler, functionModule } from '../function.ts';
import { createRolloutObserver } from './function.ts';

export const create: Create<'rollout-observer'> = (settings, io, deliver) =>
  eventHandler(createRolloutObserver(settings, io, openKubernetes(settings.rolloutObserver, io), deliver), io);

export const { init, handle, ending, shutdown, liveness, readiness } = functionModule('rollout-observer', create);
