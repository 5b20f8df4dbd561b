// What the tests of this adapter share: the real clients with a log that is kept, and an adapter on a server of the test's.

import type { Io, Level } from '../../../io/io.ts';
import { kubeflow } from '../../../registries/kubeflow/index.ts';
import type { Registry, RegistryOptions } from '../../../registries/registry.ts';
import { patientIo } from '../../io/patient-io.ts';

export const API = '/api/model_registry/v1alpha3';

export interface LogLine {
  level: Level;
  message: string;
  fields: Readonly<Record<string, unknown>>;
}

export interface TestIo extends Io {
  lines: LogLine[];
}

export function testIo(): TestIo {
  const lines: LogLine[] = [];
  return {
    ...patientIo('test'),
    log: (level, message, fields = {}) => void lines.push({ level, message, fields }),
    lines,
  };
}

export function adapterAt(url: string, options: Partial<RegistryOptions> = {}, io: Io = testIo()): Registry {
  return kubeflow.open({ url, api: API, token: () => undefined, ca: () => undefined, ...options }, io);
}
