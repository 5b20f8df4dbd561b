// What one deployment file means: what Helm and Argo CD read in it, because a file that they cannot render changes nothing in the
// cluster. Versions and names stay text as written: `1.10`, `007`, `4562117e17`. Pure.
import { warningsOf } from './deployment-warnings.ts';
import { nameError } from './name-error.ts';
import { type Mapping, readYaml, type Scalar, Unreadable, type Value, valueAt } from './yaml/read-yaml.ts';

/** Bytes; larger files are not read. */
export const maxFileBytes = 1024 * 1024;

/** Characters of all keys and values that are kept for the artifact's uri; what does not fit is left out. */
const maxValuesLength = 16_384;

/** One version of one model; all text as written. */
export interface Deployment {
  /** Undefined: the folder names the model. */
  name?: string;
  version: string;
  /** The other scalars at the top level, for the artifact's uri. */
  values: ReadonlyMap<string, string>;
}

/** What the file means. `warnings` are sentences about what people may not have meant; they quote only keys and versions. */
export type DeploymentFile =
  /** At least one. */
  | { kind: 'deployments'; deployments: readonly Deployment[]; warnings: readonly string[] }
  /** Nothing about a model: the file is empty or has no version. */
  | { kind: 'nothing'; reason: string; warnings: readonly string[] }
  /** Helm cannot render it either. `reason` is for people and quotes nothing of the file. */
  | { kind: 'unreadable'; reason: string };

/** A mapping is one deployment; of a list, which Argo CD's generator also accepts, each mapping is one. */
export async function readDeploymentFile(bytes: Uint8Array): Promise<DeploymentFile> {
  if (bytes.byteLength > maxFileBytes) return tooLarge;
  try {
    return meaningOf(readYaml(bytes));
  } catch (error) {
    if (error instanceof Unreadable) return unreadable(error.message);
    throw error;
  }
}

function meaningOf(root: Value | undefined): DeploymentFile {
  if (root === undefined) return { kind: 'nothing', reason: 'empty', warnings: [] };
  const all = root.kind === 'list' ? root.items : [root];
  const mappings = all.filter((item) => item.kind !== 'scalar' || item.type !== 'null');
  const deployments: Deployment[] = [];
  const warnings = new Set<string>();
  for (const mapping of mappings) {
    if (mapping.kind !== 'mapping') throw new Unreadable('neither a mapping nor a list of mappings');
    const deployment = deploymentOf(mapping);
    if (deployment) deployments.push(deployment);
    for (const warning of warningsOf(mapping, deployment !== undefined)) warnings.add(warning);
  }
  if (deployments.length === 0) return { kind: 'nothing', reason: 'no version', warnings: [...warnings] };
  return { kind: 'deployments', deployments, warnings: [...warnings] };
}

function deploymentOf(mapping: Mapping): Deployment | undefined {
  const version = textAt(mapping, 'version');
  if (version === undefined) return undefined;
  const name = textAt(mapping, 'name');
  const values = new Map<string, string>();
  let room = maxValuesLength;
  for (const [id, { value }] of mapping.entries) {
    const key = id.slice(1);
    if (!id.startsWith('=') || value.kind !== 'scalar' || value.type === 'null') continue;
    const text = textOf(value);
    if (key.length + text.length > room) continue;
    room -= key.length + text.length;
    values.set(key, text);
  }
  return { ...(name !== undefined && { name }), version, values };
}

/** The text of a key; undefined when it is absent or blank. Throws when it cannot be a name. */
function textAt(mapping: Mapping, key: 'version' | 'name'): string | undefined {
  const value = valueAt(mapping, key);
  if (value === undefined) return undefined;
  if (value.kind !== 'scalar') throw new Unreadable(`${key} is not a scalar`);
  const text = value.type === 'null' ? '' : textOf(value);
  if (text.trim() === '') return undefined;
  const error = nameError(text);
  if (error) throw new Unreadable(`${key} ${error}`);
  return text;
}

/** As written. Line breaks at the end of a block scalar belong to the notation; what is rendered from it ends without them. */
function textOf(scalar: Scalar): string {
  const text = scalar.type === 'string' ? scalar.shown : scalar.written;
  let length = text.length;
  if (scalar.block) while (text[length - 1] === '\n') length--;
  return text.slice(0, length);
}

/** What a file means that was not read because of its size. */
export const tooLarge: DeploymentFile = unreadable('more than 1 MiB');

function unreadable(reason: string): DeploymentFile {
  return { kind: 'unreadable', reason };
}
