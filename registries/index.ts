// The registries there are, by name. One line an adapter; nothing else names an adapter of this room.

import { createKubeflowRegistry } from './kubeflow/index.ts';
import { createKubeflowInspector } from './kubeflow/inspect.ts';
import { pretendWrites } from './kubeflow/pretend-writes.ts';

export const registries = {
  kubeflow: createKubeflowRegistry,
} as const;

export type RegistryName = keyof typeof registries;

/** Makes of a connection to such a registry one that writes nothing and answers as if it had. */
export const pretenders = {
  kubeflow: pretendWrites,
} as const satisfies Record<RegistryName, unknown>;

/** Whoever sets it up. */
export const inspectors = {
  kubeflow: createKubeflowInspector,
} as const satisfies Record<RegistryName, unknown>;
