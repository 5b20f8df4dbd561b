// Knative function: promoted, withdrawn and observed events → the model registry. The only one that knows a registry token.
import { openRegistry } from '../../registries/index.ts';
import { type Create, eventHandler, functionModule } from '../function.ts';
import { createRegistryWriter } from './function.ts';

export const create: Create<'registry-writer'> = (settings, io) =>
  eventHandler(createRegistryWriter(settings, io, openRegistry(settings.registryWriter, io)), io);

export const { init, handle, shutdown, liveness, readiness } = functionModule('registry-writer', create);
