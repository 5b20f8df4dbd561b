// Fuzzed answers: what Gitea and the Model Registry said, changed, against the adapters that read it. They may come to the right
// result or to one of the two fates; never to a wrong result where it can be told, and to no other error.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { blobId } from '../../../forges/gitea/files.ts';
import type { HttpResponse, Io } from '../../../io/io.ts';
import { kubeflow } from '../../../registries/kubeflow/index.ts';
import { mlflow } from '../../../registries/mlflow/index.ts';
import type { RegistryAdapter } from '../../../registries/registry.ts';
import { type Generation, generations, giteaAt, recorded, recordedBody } from '../../forges/gitea/recorded.ts';
import {
  type Change,
  type Cut,
  changed,
  changedHeaders,
  changes,
  cut,
  cuts,
  type HeaderChange,
  headerChanges,
} from './hostile.ts';
import { ended, orFate, readToken, registryToken, watchedIo } from './judge.ts';
import { type StandIn, standInForMlflow, standInForRegistry } from './registry-stand-in.ts';
import { target } from './target.ts';

interface AnswerChange {
  /** Which answer of the conversation, counted from 0. */
  turn: number;
  list: Change[];
  bytes: Cut[];
  headers: HeaderChange[];
  status: number;
}

const answerChange = fc.record({
  turn: fc.nat(6),
  list: changes(),
  bytes: fc.oneof({ weight: 4, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: cuts(2) }),
  headers: fc.oneof(
    fc.constant([]),
    headerChanges(['date', 'age', 'x-total-count', 'link', 'location', 'content-type', 'deprecation']),
  ),
  status: fc.oneof(
    { weight: 5, arbitrary: fc.constant(0) },
    {
      weight: 1,
      arbitrary: fc.constantFrom(200, 201, 204, 301, 307, 400, 401, 403, 404, 409, 410, 418, 429, 500, 502, 503),
    },
  ),
}) as fc.Arbitrary<AnswerChange>;

function spoiled(answer: HttpResponse, { list, bytes, headers, status }: AnswerChange): HttpResponse {
  let { body } = answer;
  try {
    body = Buffer.from(changed(JSON.parse(body.toString()), list));
  } catch {
    // No JSON: bytes alone are changed.
  }
  return { status: status || answer.status, headers: changedHeaders(answer.headers, headers), body: cut(body, bytes) };
}

/** Changes the answers of one conversation in turn. */
function spoiling(api: Io['api']) {
  let turn = 0;
  let plan: AnswerChange[] = [];
  let wasSpoiled = false;
  return {
    begin(list: AnswerChange[]) {
      turn = 0;
      plan = list;
      wasSpoiled = false;
    },
    /** Whether an answer was another than the server's. */
    spoiled: () => wasSpoiled,
    async api(request: Parameters<Io['api']>[0]): Promise<HttpResponse> {
      const here = plan.filter((one) => one.turn === turn);
      turn++;
      assert.ok(turn < 2_000, 'this conversation does not end');
      const answer = await api(request);
      const given = here.reduce(spoiled, answer);
      wasSpoiled ||=
        given.status !== answer.status || !given.body.equals(answer.body) || given.headers !== answer.headers;
      return given;
    },
  };
}

const bodyOf = (generation: Generation, name: string): Buffer => Buffer.from(recorded(generation, name).body ?? '');

/** The recorded bulk answer, and one more file of its shape: one alone is read another way. */
const bulk = (() => {
  const [file] = recordedBody('gitea', 'file-contents-bulk') as { path: string; sha: string; size: number }[];
  const bytes = Buffer.from('version: 2\n');
  const more = { ...file!, path: 'b', sha: blobId(bytes, 40), size: bytes.length, content: bytes.toString('base64') };
  return [file!, more];
})();

function giteaAnswers() {
  let generation: Generation = 'gitea';
  let route = '';
  const conversation = spoiling(async ({ url }) => {
    assert.equal(new URL(url).host, 'git.svc', 'the token leaves for another host');
    const { status, headers = {}, body: kept = '' } = recorded(generation, route);
    const body = route === 'file-contents-bulk' ? JSON.stringify(bulk) : kept;
    const lower = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
    return { status, headers: { date: 'Mon, 23 Nov 2026 07:23:58 GMT', ...lower }, body: Buffer.from(body) };
  });
  const { io, judgeLines } = watchedIo((request) => conversation.api(request));
  const input = fc.record({
    generation: fc.constantFrom(...generations),
    method: fc.constantFrom('repository', 'head', 'tree', 'files', 'file', 'history', 'pullRequest', 'contains'),
    plan: fc
      .array(answerChange, { minLength: 1, maxLength: 2 })
      .map((list) => list.map((one) => ({ ...one, turn: one.turn % 3 }))),
  });
  return target('gitea-answers', 15, ['result', 'fate'], input, async ({ generation: which, method, plan }) => {
    generation = which;
    conversation.begin(plan);
    const forge = giteaAt('http://git.svc', { repository: 'ada/mlops-gitops', token: () => readToken }, io);
    const ask = <T>(name: string, work: () => Promise<T>) => {
      route = name;
      return orFate(work);
    };
    switch (method) {
      case 'repository': {
        const found = await ask('repo', () => forge.repository());
        if (found) assert.ok(URL.canParse(found.url) && typeof found.defaultBranch === 'string');
        break;
      }
      case 'head': {
        const found = await ask('branch', () => forge.head(recordedBody(which, 'branch').name));
        if (found !== undefined) assert.match(found, /^[0-9a-f]{40}$|^[0-9a-f]{64}$/);
        break;
      }
      case 'tree': {
        const { sha, tree } = recordedBody(which, 'tree-recursive-commit-sha') as {
          sha: string;
          tree: { path: string; sha: string }[];
        };
        const found = await ask('tree-recursive-commit-sha', () => forge.tree(sha));
        for (const [path, entry] of found ?? []) {
          assert.equal(entry.path, path);
          assert.match(entry.id, /^[0-9a-f]{40}$|^[0-9a-f]{64}$/);
        }
        if (found && !conversation.spoiled()) assert.equal(found.size, tree.length);
        break;
      }
      case 'files':
      case 'file': {
        const many = which === 'gitea' && method === 'files';
        const wanted = many
          ? bulk.map(({ path, sha: id, size }) => ({ path, id, size }))
          : [{ path: 'a', id: blobId(bodyOf(which, 'raw'), 40) }];
        const found = await ask(many ? 'file-contents-bulk' : 'raw', () =>
          forge.files('c'.repeat(40), wanted, 100_000),
        );
        for (const { path, id } of found ? wanted : []) {
          const bytes = found!.get(path);
          assert.ok(
            bytes === 'too-large' || (bytes && blobId(bytes, id.length) === id),
            'other content than asked for',
          );
        }
        break;
      }
      case 'history': {
        const found = await ask('commits-by-path', () => forge.history('c'.repeat(40), 'a', 3));
        assert.ok((found ?? []).length <= 3);
        for (const { id, committedAt } of found ?? []) {
          assert.match(id, /^[0-9a-f]{40}$|^[0-9a-f]{64}$/);
          assert.ok(!Number.isNaN(Date.parse(committedAt)));
        }
        break;
      }
      case 'contains':
        await ask('commits-not', () => forge.contains('a'.repeat(40), 'b'.repeat(40)));
        break;
      case 'pullRequest': {
        const commit = recordedBody(which, 'commit-pull-merge').merge_commit_sha ?? 'c'.repeat(40);
        const found = await ask('commit-pull-merge', () => forge.pullRequest(commit));
        if (found) assert.equal(found.mergeCommit, commit);
      }
    }
    judgeLines();
    return ended();
  });
}

/** `path`: of the registry's API. */
function registryAnswers(name: string, adapter: RegistryAdapter, path: string, server: StandIn) {
  const conversation = spoiling(server.api);
  const { io, judgeLines } = watchedIo((request) => conversation.api(request));
  const open = () => adapter.open({ url: server.url, api: path, token: () => registryToken, ca: () => undefined }, io);
  const { artifacts, changeAlias } = open();
  const input = fc.record({
    method: fc.constantFrom(
      'findModel',
      'findVersions',
      'holders',
      'versions',
      'models',
      'allHolders',
      'changeModel',
      'changeVersion',
      ...(artifacts ? ['artifacts', 'changeUri'] : []),
      ...(changeAlias ? ['changeAlias'] : []),
    ),
    plan: fc
      .array(answerChange, { minLength: 1, maxLength: 2 })
      .map((list) => list.map((one) => ({ ...one, turn: one.turn % 3 }))),
  });
  return target(name, 10, ['result', 'fate'], input, async ({ method, plan }) => {
    server.reset();
    const registry = open();
    conversation.begin([]);
    const model = (await registry.findModel('demand-forecast'))!;
    const { named } = await registry.findVersions(model, 'prod', ['1.10']);
    const version = named.get('1.10')!;
    const [artifact] = (await registry.artifacts?.of(version)) ?? [];
    conversation.begin(plan);
    switch (method) {
      case 'findModel': {
        const found = await orFate(() => registry.findModel('demand-forecast'));
        if (found) assert.equal(found.name, 'demand-forecast');
        break;
      }
      case 'findVersions': {
        const found = await orFate(() => registry.findVersions(model, 'prod', ['1.9', '1.10']));
        for (const [name, one] of found?.named ?? []) assert.deepEqual([one.name, one.modelId], [name, model.id]);
        for (const one of found?.holders ?? []) assert.equal(one.modelId, model.id);
        break;
      }
      case 'holders':
        for (const one of (await orFate(() => registry.holders(model, 'prod'))) ?? []) {
          assert.equal(one.modelId, model.id);
          assert.deepEqual(one.properties.get('prod'), { type: 'string', value: '' });
        }
        break;
      case 'versions':
        for (const one of (await orFate(() => registry.versions(model))) ?? []) assert.equal(one.modelId, model.id);
        break;
      case 'artifacts':
        for (const one of (await orFate(() => registry.artifacts!.of(version))) ?? [])
          assert.equal(one.versionId, version.id);
        break;
      case 'models':
        await orFate(() => registry.models());
        break;
      case 'allHolders':
        for (const one of (await orFate(() => registry.allHolders('prod'))) ?? [])
          assert.deepEqual(one.properties.get('prod'), { type: 'string', value: '' });
        break;
      case 'changeModel':
        await orFate(() =>
          registry.changeModel(model, { set: { 'prod.head': 'x', ['__proto__']: 'y' }, remove: ['constructor'] }),
        );
        break;
      case 'changeVersion':
        await orFate(() => registry.changeVersion(version, { set: { prod: '' }, remove: [] }));
        break;
      case 'changeUri':
        await orFate(() => registry.artifacts!.changeUri(artifact!, 'oci://registry.example.com/x:1'));
        break;
      case 'changeAlias':
        await orFate(() => registry.changeAlias!(model, 'prod', version));
    }
    judgeLines();
    server.judgeUntouched();
    return ended();
  });
}

export const answers = [
  giteaAnswers,
  () => registryAnswers('registry-answers', kubeflow, '/api/model_registry/v1alpha3', standInForRegistry()),
  () => registryAnswers('mlflow-answers', mlflow, '/api/2.0/mlflow', standInForMlflow()),
];
