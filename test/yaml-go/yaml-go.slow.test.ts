// Beside the library with which Helm and Argo CD read the same files: which versions, under which names, or refused.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { type DeploymentFile, readDeploymentFile } from '../../promotions/deployment-file.ts';
import { seed } from '../seed.ts';
import { tool } from '../tool.ts';
import { corpus } from './corpus.ts';
import { mutate, randomNumbers } from './mutate.ts';

const mutations = 20_000;

interface Value {
  type: 'null' | 'string' | 'bool' | 'number' | 'collection';
  /** What a template renders. */
  shown?: string;
  /** What stands in the file. */
  written?: string;
}

interface Answer {
  kind: 'refused' | 'empty' | 'mapping' | 'list';
  mappings?: { version?: Value; name?: Value }[];
}

/** A text that says something: Helm's where it stays a text, else as it is written. A line break at its end is of no account. */
function textOf({ type, shown = '', written = '' }: Value): string {
  const text = type === 'string' ? shown : written;
  return text.trim() === '' ? '' : text.replace(/(?<!\n)\n+$/, '');
}

/** Deployments of a file as name, version, and the warnings about what Helm makes of either. */
function deploymentsOf({ mappings = [] }: Answer) {
  return mappings
    .filter(({ version }) => version && (version.type === 'collection' || textOf(version) !== ''))
    .map(({ version, name }) => {
      const turned = Object.entries({ version, name }).flatMap(([key, value]) =>
        value && ['bool', 'number'].includes(value.type) && value.shown !== value.written
          ? [`Helm reads the unquoted ${key} ${value.written} as ${value.shown}: quote it.`]
          : [],
      );
      return {
        version: version!,
        name: name && textOf(name) === '' && name.type !== 'collection' ? undefined : name,
        turned,
      };
    });
}

/** What is read otherwise on purpose: Helm takes these files, and they are reported as unreadable. All of it stands here. */
const onPurpose: Record<string, (answer: Answer, file: Buffer) => boolean> = {
  'a version or name that is a list or a mapping names nothing in a registry': (answer) =>
    deploymentsOf(answer).some(({ version, name }) => [version, name].some((value) => value?.type === 'collection')),
  'a registry cannot hold control characters, nor more than 255 characters': (answer) =>
    deploymentsOf(answer).some(({ version, name }) =>
      [version, name].some((value) => value && (/\p{Cc}/u.test(value.shown ?? '') || textOf(value).length > 255)),
    ),
  // Of a line that begins while such a mark is the first character of its buffer, the library leaves out a character.
  'a second byte order mark at the beginning, or one where the library takes in the next 512 bytes': (_, file) =>
    file.includes('\ufeff', 2, file[0] === 0xff ? 'utf16le' : 'utf8') || file.includes(Buffer.from('feff', 'hex'), 2),
};

function expected(answer: Answer): string {
  if (answer.kind === 'refused') return 'unreadable';
  const deployments = deploymentsOf(answer);
  if (deployments.length === 0) return 'nothing';
  return JSON.stringify([
    deployments.map(({ version, name }) => [name && textOf(name), textOf(version)]),
    [...new Set(deployments.flatMap(({ turned }) => turned))],
  ]);
}

function said(read: DeploymentFile): string {
  if (read.kind !== 'deployments') return read.kind;
  return JSON.stringify([
    read.deployments.map(({ name, version }) => [name, version.replace(/\n+$/, '')]),
    read.warnings.filter((warning) => warning.startsWith('Helm reads')),
  ]);
}

/** Every difference that is not on purpose. */
async function differences(program: string, files: readonly Buffer[]): Promise<string[]> {
  const input = Buffer.concat(files.flatMap((file) => [Buffer.from(`${file.length}\n`), file]));
  const { stdout, stderr, status } = spawnSync(program, { input, maxBuffer: 1024 ** 3 });
  assert.equal(status, 0, stderr.toString().slice(-2000));
  const answers = stdout.toString().trimEnd().split('\n');
  assert.equal(answers.length, files.length);
  const found: string[] = [];
  for (const [i, file] of files.entries()) {
    const answer = JSON.parse(answers[i]!) as Answer;
    const read = await readDeploymentFile(file);
    const reported = read.kind === 'unreadable' && Object.values(onPurpose).some((applies) => applies(answer, file));
    if (reported || said(read) === expected(answer)) continue;
    found.push(`${JSON.stringify(file.toString())}: Helm ${expected(answer)}, here ${said(read)}`);
  }
  return found;
}

describe('deployment files beside the Go library that Helm reads them with', function () {
  this.timeout(300_000);
  let program: string;

  before(function () {
    program = tool(this, 'GO_YAML');
  });

  it('says the same of every rule of YAML by itself', async () => {
    assert.deepEqual(await differences(program, corpus()), []);
  });

  it(`says the same of ${mutations} changed files, seed ${seed}`, async () => {
    const files = corpus();
    const random = randomNumbers(seed);
    const any = () => files[random(files.length)]!;
    assert.deepEqual(
      await differences(
        program,
        Array.from({ length: mutations }, () => mutate(any(), any(), random)),
      ),
      [],
    );
  });
});
