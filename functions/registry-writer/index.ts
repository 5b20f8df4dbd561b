// Knative function: promoted, withdrawn and observed events → the model registry. The only one that knows a registry token.
import { SettingsError } from '../../config/settings/reader.ts';
import { openRegistry } from '../../registries/index.ts';
import { type Create, eventHandler, functionModule } from '../function.ts';
import { createRegistryWriter } from './function.ts';

export const create: Create<'registry-writer'> = (settings, io) => {
  if (settings.registryWriter.further.length > 0)
    throw new SettingsError(
      'FURTHER_REGISTRIES: expected nothing where registry-writer is a process of its own; each registry has one, with REGISTRY_NAME and the settings of that registry',
    );
  return eventHandler(createRegistryWriter(settings, io, openRegistry(settings.registryWriter, io)), io);
};

export const { init, handle, shutdown, liveness, readiness } = functionModule('registry-writer', create);
