// Deployment files as text. What a text says is kept beside it, so that the oracle never reads YAML.
import { applications, type Change, type Content, folders, models, versions, type Writing } from './history.ts';

/** What counts for the registry, in the oracle's words. */
export interface Said {
  kind: 'deployment' | 'unreadable' | 'nothing';
  /** Undefined: the folder's name. */
  model?: string;
  version?: string;
  uri?: boolean;
  /** What a second entry deploys. */
  also?: { model: string; version: string };
  /** Of a symbolic link: the path whose text counts. */
  leadsTo?: string;
}

export interface FileText {
  content: string | Buffer;
  mode: '100644' | '120000';
  said: Said;
}

/** What is deployed where nobody watches may be deployed elsewhere by a link. */
const sharedFolder = 2;

const large = '# large\n'.repeat(140_000);

/**
 * Every line carries the whole content in a comment, so that two texts have no line in common and Git can never merge them
 * into a third one, of which nobody would know what it says.
 */
export function textOf(content: Content): FileText {
  const tag = ` # ${JSON.stringify(content)}\n`;
  const file = (lines: readonly string[], said: Said): FileText => ({
    content: lines.map((line) => line + tag).join(''),
    mode: '100644',
    said,
  });
  if (content.is === 'nothing') {
    return file(content.how === 'empty' ? [''] : ['name: jukebox', 'replicas: 2'], { kind: 'nothing' });
  }
  if (content.is === 'deployment') {
    const model = content.model === undefined ? undefined : models[content.model]!;
    const version = versions[content.version]!;
    const entry = [
      ...(model === undefined ? [] : [`name: ${model}`]),
      ...versionLines(version, content.written),
      'values:',
      '  version: 9.9',
      ...(content.uri ? ['image_repository: quay.io', `image_namespace: team${content.note}`] : []),
    ];
    const also =
      content.written === 'a list'
        ? {
            model: models[((content.model ?? 0) + 1) % models.length]!,
            version: versions[(content.version + 1) % versions.length]!,
          }
        : undefined;
    const lines = also
      ? [
          ...entry.map((line, i) => (i === 0 ? `- ${line}` : `  ${line}`)),
          `- name: ${also.model}`,
          `  version: ${also.version}`,
        ]
      : entry;
    // A second document, which Helm does not read.
    if (content.note === 2) lines.push('---', 'version: 6.6');
    return file(lines, { kind: 'deployment', model, version, uri: content.uri, ...(also && { also }) });
  }
  if (content.is === 'link') {
    const application = applications[content.application]!;
    const said: Said = {
      kind: 'unreadable',
      leadsTo: pathOf({ folder: sharedFolder, application: content.application }),
    };
    return { content: `../../${folders[sharedFolder]}/${application}/config.yaml`, mode: '120000', said };
  }
  const said: Said = { kind: 'unreadable' };
  switch (content.how) {
    case 'not YAML':
      return file(['version: [1'], said);
    case 'YAML 1.2':
      return file(['%YAML 1.2', '---', 'version: 1.0'], said);
    case 'a list':
      return file(['- version: 1.0', '- 1.10'], said);
    case 'not UTF-8': {
      const { content: text } = file(['version: 1.0'], said);
      return { content: Buffer.concat([Buffer.from(text), Buffer.from([0x23, 0xff, 0x0a])]), mode: '100644', said };
    }
    case 'link':
      return { content: `../other-${content.note}.yaml`, mode: '120000', said };
    case 'too large':
      return { content: `version: 1.0${tag}${large}`, mode: '100644', said };
  }
}

function versionLines(version: string, written: Writing | undefined): string[] {
  if (written === 'a key twice') return ['version: 8.8', `version: ${version}`];
  if (written === 'merged') return [`base: &base {version: ${version}}`, 'version: 8.8', '<<: *base'];
  return [`version: ${version}`];
}

/** Every model and version that a text deploys. */
export function deployed(said: Said, application: string): { model: string; version: string }[] {
  if (said.kind !== 'deployment') return [];
  return [{ model: said.model ?? application, version: said.version! }, ...(said.also ? [said.also] : [])];
}

export function pathOf({ folder, application }: Pick<Change, 'folder' | 'application'>): string {
  return `model-deployments/${folders[folder]}/${applications[application]}/config.yaml`;
}

/** The uri that the standard template gives, when the file holds every key. */
export function uriOf(said: Said, text: string): string | undefined {
  if (said.kind !== 'deployment' || !said.uri || said.model === undefined) return undefined;
  const team = /image_namespace: (team\d+)/.exec(text)?.[1];
  return `oci://quay.io/${team}/${said.model}:${said.version}`;
}
