// What one deployment file says, read as Helm and Argo CD read it, because what they cannot render goes on running as it
// was. Numbers are never numbers here: `1.10`, `007` and `4562117e17` are names. Pure.
import { nameFault } from './name-fault.ts';
import { type Fault, readMapping } from './yaml-mapping.ts';

/** Bytes; above it a file is not read at all. */
export const maxFileBytes = 1024 * 1024;

/** Characters of all keys and values that are kept for addresses; what does not fit is left out. */
const maxValuesLength = 16_384;

/** One version of one model; all text as written. */
export interface Deployment {
  /** Undefined: the folder names the model. */
  name?: string;
  version: string;
  /** Scalars beside them, for the artifact's uri. */
  values: ReadonlyMap<string, string>;
}

/** What the file says. `warnings` are sentences for people about what they may not have meant; they quote keys and versions only. */
export type DeploymentFile =
  /** At least one. */
  | { kind: 'deployments'; deployments: readonly Deployment[]; warnings: readonly string[] }
  /** Nothing that a registry knows: empty, or without a version. */
  | { kind: 'nothing'; reason: string; warnings: readonly string[] }
  /** Cannot be rendered either. `reason` is for people and quotes nothing. */
  | { kind: 'unreadable'; reason: string };

/** Reads the bytes of a file. `yaml` is loaded at the first call, so that a start from zero does not wait for it. */
export async function readDeploymentFile(bytes: Uint8Array): Promise<DeploymentFile> {
  if (bytes.byteLength > maxFileBytes) return tooLarge;
  const text = decode(bytes);
  if (text === undefined) return unreadable('not UTF-8');
  if (unprintable.test(text)) return unreadable('characters that YAML forbids');
  const entries = await readMapping(text);
  if (entries === undefined) return nothing('empty');
  if (isFault(entries)) return unreadable(entries.fault);

  const version = entries.get('version');
  if (version === undefined || version.kind === 'null') return nothing('no version');
  if (version.kind === 'collection') return unreadable('version is not a scalar');
  if (version.text.trim() === '') return nothing('no version');
  const name = entries.get('name');
  if (name?.kind === 'collection') return unreadable('name is not a scalar');
  const model = name?.kind === 'scalar' && name.text.trim() !== '' ? name.text : undefined;
  for (const [what, value] of [['version', version.text] as const, ['name', model ?? ''] as const]) {
    const fault = nameFault(value);
    if (fault) return unreadable(`${what} ${fault}`);
  }

  const values = new Map<string, string>();
  let room = maxValuesLength;
  for (const [key, value] of entries) {
    if (value.kind !== 'scalar' || key.length + value.text.length > room) continue;
    room -= key.length + value.text.length;
    values.set(copyOf(key), copyOf(value.text));
  }
  const called = model === undefined ? {} : { name: copyOf(model) };
  return { kind: 'deployments', deployments: [{ ...called, version: copyOf(version.text), values }], warnings: [] };
}

/** A file that was not read because of its size. */
export const tooLarge: DeploymentFile = unreadable('more than 1 MiB');

// The characters YAML 1.1 allows (its section 5.1); Go's reader refuses files with others.
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const unprintable = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufeff\ufffe\uffff]/;

/** UTF-8 with or without byte order mark. */
function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** A part of a string keeps the whole of it in memory (V8), and what files say is kept longer than the files. */
function copyOf(text: string): string {
  return new TextDecoder().decode(new TextEncoder().encode(text));
}

function nothing(reason: string): DeploymentFile {
  return { kind: 'nothing', reason, warnings: [] };
}

function unreadable(reason: string): DeploymentFile {
  return { kind: 'unreadable', reason };
}

function isFault(value: object): value is Fault {
  return 'fault' in value;
}
