// How people register models, in each kind of registry: over its own API, as training pipelines do.
import type { RegistryName } from '../config/settings/registry.ts';
import { callJson, type Server } from '../stand-ins/json-call.ts';

interface Register {
  model(name: string): Promise<unknown>;
  version(model: string, name: string, label: string): Promise<unknown>;
}

const uriOf = (model: string, version: string) => `oci://quay.io/training/${model}:${version}`;

export const register: Readonly<Record<RegistryName, (registry: Server) => Register>> = {
  kubeflow: (registry) => ({
    model: (name) => callJson(registry, 'POST', '/registered_models', { name }),
    async version(model, name, label) {
      const path = `/registered_model?name=${encodeURIComponent(model)}`;
      const { id } = await callJson<{ id: string }>(registry, 'GET', path);
      const version = await callJson<{ id: string }>(registry, 'POST', `/registered_models/${id}/versions`, {
        name,
        registeredModelId: id,
        author: 'training-pipeline',
        customProperties: { [label]: { metadataType: 'MetadataStringValue', string_value: '' } },
      });
      return callJson(registry, 'POST', `/model_versions/${version.id}/artifacts`, {
        artifactType: 'model-artifact',
        name: model,
        uri: uriOf(model, name),
      });
    },
  }),
  mlflow: (registry) => ({
    model: (name) => callJson(registry, 'POST', '/registered-models/create', { name }),
    version(model, name, label) {
      const tags = Object.entries({ version: name, [label]: '' }).map(([key, value]) => ({ key, value }));
      return callJson(registry, 'POST', '/model-versions/create', { name: model, source: uriOf(model, name), tags });
    },
  }),
};
