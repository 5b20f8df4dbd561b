// Writes test/fixtures/schemas: JSON Schemas of the kinds the chart renders, from the sources that their projects publish as
// Go modules. Development only, run by hand when a kind or a version is added (test/fixtures/schemas/README.md).
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';

type Schema = { [key: string]: unknown };

/** Of Knative's kinds. */
const rendered = ['v1', 'v1beta3'];
const target = new URL('../../fixtures/schemas/', import.meta.url);

/** What kubeconform calls the file of a kind: kind, first part of the group, version. */
function write(kind: string, group: string, version: string, schema: Schema): void {
  const name = [kind.toLowerCase(), ...(group ? [group.split('.')[0]] : []), version].join('-');
  writeFileSync(new URL(`${name}.json`, target), `${JSON.stringify(schema)}\n`);
}

function moduleFolder(module: string): string {
  const text = execFileSync('go', ['mod', 'download', '-json', module], { encoding: 'utf8' });
  return (JSON.parse(text) as { Dir: string }).Dir;
}

/** A definition and all it refers to, closed: what is not listed is refused. */
function fromOpenApi(definitions: Record<string, Schema>, name: string): Schema {
  const used: Record<string, Schema> = {};
  const add = (id: string) => {
    if (used[id]) return;
    used[id] = {};
    used[id] = closed(definitions[id]!);
    for (const [, reference] of JSON.stringify(used[id]).matchAll(/"#\/definitions\/([^"]+)"/g)) add(reference!);
  };
  add(name);
  for (const [id, text] of Object.entries(special)) if (used[id]) used[id] = text;
  const { [name]: root, ...rest } = used;
  return { $schema: 'http://json-schema.org/draft-07/schema#', ...root, definitions: rest };
}

/** Texts or numbers, which OpenAPI 2 cannot say. */
const special: Record<string, Schema> = {
  'io.k8s.apimachinery.pkg.util.intstr.IntOrString': { type: ['string', 'integer'] },
  'io.k8s.apimachinery.pkg.api.resource.Quantity': { type: ['string', 'number'] },
  'io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1': { type: 'object' },
};

/** Without descriptions, and with no properties beside those that are listed. */
function closed(schema: Schema, kept = false): Schema {
  const result: Schema = {};
  for (const [key, value] of Object.entries(schema)) {
    if (key === 'properties') {
      const properties = Object.entries(value as Record<string, Schema>);
      result.properties = Object.fromEntries(properties.map(([name, property]) => [name, closed(property)]));
    } else if (key === 'items' || key === 'additionalProperties') {
      result[key] = typeof value === 'object' ? closed(value as Schema) : value;
    } else if (key === 'x-kubernetes-preserve-unknown-fields') kept = true;
    else if (['$ref', 'type', 'required', 'enum', 'pattern', 'minimum', 'maximum', 'anyOf'].includes(key))
      result[key] = value;
  }
  if (schema['x-kubernetes-int-or-string']) return { type: ['string', 'integer'] };
  if (schema.properties && result.additionalProperties === undefined && !kept) result.additionalProperties = false;
  return result;
}

const kubernetes = JSON.parse(
  readFileSync(path.join(moduleFolder('k8s.io/kubernetes@v1.33.4'), 'api/openapi-spec/swagger.json'), 'utf8'),
) as { definitions: Record<string, Schema> };
for (const [kind, group, version] of [
  ['Service', 'core', 'v1'],
  ['ConfigMap', 'core', 'v1'],
  ['ServiceAccount', 'core', 'v1'],
  ['Role', 'rbac.authorization.k8s.io', 'v1'],
  ['RoleBinding', 'rbac.authorization.k8s.io', 'v1'],
  ['NetworkPolicy', 'networking.k8s.io', 'v1'],
  ['Ingress', 'networking.k8s.io', 'v1'],
  ['Deployment', 'apps', 'v1'],
  ['Job', 'batch', 'v1'],
  ['CronJob', 'batch', 'v1'],
] as const) {
  const id = `io.k8s.api.${group.split('.')[0]}.${version}.${kind}`;
  write(kind, group === 'core' ? '' : group, version, fromOpenApi(kubernetes.definitions, id));
}

const openshift = JSON.parse(
  readFileSync(
    path.join(moduleFolder('github.com/openshift/api@v0.0.0-20240404200104-96ed2d49b255'), 'openapi/openapi.json'),
    'utf8',
  ),
) as { definitions: Record<string, Schema> };
for (const [kind, group] of [
  ['BuildConfig', 'build'],
  ['ImageStream', 'image'],
  ['Route', 'route'],
] as const) {
  const id = `com.github.openshift.api.${group}.v1.${kind}`;
  write(kind, `${group}.openshift.io`, 'v1', fromOpenApi(openshift.definitions, id));
}

for (const [module, files] of [
  ['knative.dev/serving@v0.49.0', ['config/core/300-resources/service.yaml']],
  [
    'knative.dev/eventing@v0.49.2',
    ['broker', 'trigger', 'sinkbindings', 'pingsource', 'eventtype'].map(
      (name) => `config/core/resources/${name}.yaml`,
    ),
  ],
  [
    'github.com/prometheus-operator/prometheus-operator@v0.85.0',
    ['podmonitors', 'prometheusrules'].map(
      (name) => `example/prometheus-operator-crd/monitoring.coreos.com_${name}.yaml`,
    ),
  ],
] as const) {
  for (const file of files) {
    const crd = parse(readFileSync(path.join(moduleFolder(module), file), 'utf8')) as {
      spec: {
        group: string;
        names: { kind: string };
        versions: { name: string; schema: { openAPIV3Schema: Schema } }[];
      };
    };
    for (const { name, schema } of crd.spec.versions.filter((version) => rendered.includes(version.name))) {
      const { properties, ...rest } = closed(schema.openAPIV3Schema) as { properties: Schema };
      // What every object has, and a CRD need not say.
      const common = { apiVersion: { type: 'string' }, kind: { type: 'string' }, metadata: { type: 'object' } };
      write(crd.spec.names.kind, crd.spec.group, name, { ...rest, properties: { ...common, ...properties } });
    }
  }
}
