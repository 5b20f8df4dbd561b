// Changes Knative's own Deployments, given as files, for a machine that is busy: a probe waits longer, none of their Pods is ended
// for a slow answer, and each requests the same little CPU without a limit. With more not all would fit two cores; with none the Pods of the
// functions, which request some, would take all of it.
import { readFileSync, writeFileSync } from 'node:fs';
import { parseAllDocuments } from 'yaml';

for (const file of process.argv.slice(2)) {
  const objects = parseAllDocuments(readFileSync(file, 'utf8')).map((document) => document.toJS());
  for (const { kind, spec } of objects.filter((object) => object !== null)) {
    if (kind !== 'Deployment') continue;
    for (const container of spec.template.spec.containers) {
      delete container.livenessProbe;
      Object.assign(container.readinessProbe ?? {}, { timeoutSeconds: 10, failureThreshold: 30 });
      const { requests, limits } = container.resources ?? {};
      container.resources = { requests: { ...requests, cpu: '30m' }, limits: { ...limits, cpu: undefined } };
    }
  }
  writeFileSync(file, objects.map((object) => JSON.stringify(object)).join('\n---\n'));
}
