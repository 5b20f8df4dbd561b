// The registries there are, by name. One line an adapter; nothing else names an adapter of this room.
import { createKubeflowRegistry } from './kubeflow/registry.ts';

export const registries = {
  kubeflow: createKubeflowRegistry,
} as const;

export type RegistryName = keyof typeof registries;
