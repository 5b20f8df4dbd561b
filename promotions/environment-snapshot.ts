// What all deployment files of one environment mean together: which versions of which models Git deploys there, and whether every
// file could be read. Pure.
import { compareCodePoints } from './code-point-order.ts';
import type { Deployment, DeploymentFile } from './deployment-file.ts';
import { nameError } from './name-error.ts';

/** One deployment file at a commit. */
export interface FileState {
  path: string;
  /** The folder's name, as the template found it. */
  application: string;
  /** Blob id at that commit; of a symbolic link, of the file it leads to. */
  id: string;
  /** Of a symbolic link: the other paths on which its content depends. */
  linked?: readonly string[];
  /** The content that counts: the file's own or, when that is unreadable, its last readable one. */
  content: DeploymentFile;
  /** The commit of `content`, when it is an earlier content. */
  contentFrom?: string;
}

export interface DeployedVersion {
  version: string;
  /** Sorted by code point, each once. */
  applications: string[];
  /** Of the first application by name. */
  file: FileState;
  /** The other scalars of that file. */
  values: Deployment['values'];
}

export interface DeployedModel {
  /** Sorted by version. */
  versions: DeployedVersion[];
  /** The files that name the model: blob id by path. */
  files: ReadonlyMap<string, string>;
}

export interface EnvironmentSnapshot {
  /** False when a file cannot be read and no readable earlier content was found. */
  complete: boolean;
  /** By name. */
  models: ReadonlyMap<string, DeployedModel>;
}

/** The content of a file in the folder `application`: unreadable when that folder must name the model and cannot. */
export function contentIn(application: string, content: DeploymentFile): DeploymentFile {
  if (content.kind !== 'deployments' || content.deployments.every(({ name }) => name !== undefined)) return content;
  const error = nameError(application);
  return error === undefined ? content : { kind: 'unreadable', reason: `its folder names the model and ${error}` };
}

/** All files of one environment, in any order, each path once. */
export function snapshotOf(files: readonly FileState[]): EnvironmentSnapshot {
  const complete = files.every(({ content }) => content.kind !== 'unreadable');
  const byModel = new Map<string, Deployed[]>();
  for (const file of files) {
    if (file.content.kind !== 'deployments') continue;
    for (const deployment of file.content.deployments) {
      const { name = file.application } = deployment;
      const list = byModel.get(name);
      if (list) list.push({ file, deployment });
      else byModel.set(name, [{ file, deployment }]);
    }
  }
  const models = new Map<string, DeployedModel>();
  for (const [name, list] of byModel) {
    const inOrder = list.sort(
      (a, b) =>
        compareCodePoints(a.file.application, b.file.application) || compareCodePoints(a.file.path, b.file.path),
    );
    models.set(name, {
      versions: versionsOf(inOrder),
      files: new Map(inOrder.map(({ file }) => [file.path, file.id])),
    });
  }
  return { complete, models };
}

interface Deployed {
  file: FileState;
  deployment: Deployment;
}

function versionsOf(inOrder: readonly Deployed[]): DeployedVersion[] {
  const versions = new Map<string, DeployedVersion>();
  for (const { file, deployment } of inOrder) {
    const { version, values } = deployment;
    const known = versions.get(version);
    if (known === undefined) versions.set(version, { version, applications: [file.application], file, values });
    else if (!known.applications.includes(file.application)) known.applications.push(file.application);
  }
  return [...versions.values()].sort((a, b) => compareCodePoints(a.version, b.version));
}
