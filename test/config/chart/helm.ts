// Renders the chart as helm does, for the cluster that is asked for.
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { parseAllDocuments, stringify } from 'yaml';

const run = promisify(execFile);

export const chart = fileURLToPath(new URL('../../../config/chart', import.meta.url));

/** The user's file of the workshop. */
export const workshop = { chart_path: 'config/chart', USER_NAME: 'user1', cluster_domain: 'apps.example.com' };

export const knative = [
  'serving.knative.dev/v1',
  'eventing.knative.dev/v1',
  'eventing.knative.dev/v1beta3',
  'sources.knative.dev/v1',
];
export const prometheus = ['monitoring.coreos.com/v1'];
export const openshift = ['build.openshift.io/v1', 'image.openshift.io/v1', 'route.openshift.io/v1'];

export interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: {
    name: string;
    namespace?: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
  };
  // biome-ignore lint/suspicious/noExplicitAny: each kind has its own
  [key: string]: any;
}

export interface Rendering {
  text: string;
  objects: Manifest[];
  /** The one of this kind (`Trigger`, `v1 Service`) whose name ends so. */
  get(kind: string, ending?: string): Manifest;
  all(kind: string): Manifest[];
}

/** What helm says is thrown as the message of an Error. */
export async function render(
  helm: string,
  values: object,
  apis = [...knative, ...openshift, ...prometheus],
): Promise<Rendering> {
  const folder = await mkdtemp(path.join(tmpdir(), 'chart-'));
  try {
    const file = path.join(folder, 'config.yaml');
    await writeFile(file, stringify(values));
    const flags = apis.flatMap((api) => ['--api-versions', api]);
    const { stdout: text } = await helmed(helm, [
      'template',
      'post-deployment-pipeline',
      chart,
      '--namespace=user1-toolings',
      `--values=${file}`,
      ...flags,
    ]);
    const objects = parseAllDocuments(text)
      .map((document) => document.toJS() as Manifest | null)
      .filter((object) => object !== null);
    const all = (kind: string) =>
      objects.filter((object) => [object.kind, `${object.apiVersion} ${object.kind}`].includes(kind));
    return {
      text,
      objects,
      all,
      get(kind, ending = '') {
        const found = all(kind).filter(({ metadata }) => metadata.name.endsWith(ending));
        if (found.length !== 1) throw new Error(`expected one ${kind} …${ending}, came ${found.length}`);
        return found[0]!;
      },
    };
  } finally {
    await rm(folder, { recursive: true });
  }
}

export async function helmed(helm: string, args: readonly string[]): Promise<{ stdout: string }> {
  try {
    return await run(helm, args, { maxBuffer: 32 * 1024 * 1024 });
  } catch (cause) {
    const { stderr = '', stdout = '' } = cause as { stderr?: string; stdout?: string };
    throw new Error(stderr + stdout, { cause });
  }
}
