// The registries there are. A new one is a folder like kubeflow/, a row here and its name in config/settings/registry.ts; nothing
// else names an adapter.
import type { RegistryName } from '../config/settings/registry.ts';
import { callsTo } from '../io/calls.ts';
import type { Io } from '../io/io.ts';
import { overlayWrites } from './dry-run.ts';
import { kubeflow } from './kubeflow/index.ts';
import { mlflow } from './mlflow/index.ts';
import type { Inspection, Registry, RegistryAdapter, RegistryOptions, Write } from './registry.ts';

const registries: Readonly<Record<RegistryName, RegistryAdapter>> = { kubeflow, mlflow };

/** `name`: of several registries this one. */
type Options = RegistryOptions & { registry: RegistryName; name?: string | undefined };

/**
 * `options.registry`: as the setting MODEL_REGISTRY says. Its calls are counted, and bounded by the deadline of the event that they are
 * made for.
 */
export function openRegistry(options: Options, io: Io): Registry & Inspection {
  return registries[options.registry].open(
    options,
    callsTo(options.name === undefined ? 'registry' : `registry-${options.name}`, io),
  );
}

/** The same for a dry run: `written` gets every write instead of the server, and reads show it as done. */
export function openDryRun(options: Options, io: Io, written: (write: Write) => void): Registry {
  return overlayWrites(registries[options.registry].open(options, io, written));
}
