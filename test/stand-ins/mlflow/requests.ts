// What is asked of an MLflow that holds nothing yet: of real servers for the recordings, and of the stand-in, which has to answer
// alike. One after another; a later request finds what an earlier one wrote.

export interface Request {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Below the base path, with the query. */
  path: string;
  body?: unknown;
  headers?: Record<string, string>;
}

export type Recording = Request & { status: number; answer: unknown };

const get = (path: string, query: Record<string, string | number | string[]> = {}): Request => {
  const pairs = Object.entries(query).flatMap(([key, value]) =>
    [value].flat().map((one): [string, string] => [key, String(one)]),
  );
  const text = String(new URLSearchParams(pairs));
  return { method: 'GET', path: text === '' ? path : `${path}?${text}` };
};
const post = (path: string, body: unknown): Request => ({ method: 'POST', path, body });
const remove = (path: string, body: unknown): Request => ({ method: 'DELETE', path, body });

const model = (name: string, tags: Record<string, string> = {}) =>
  post('/registered-models/create', { name, tags: Object.entries(tags).map(([key, value]) => ({ key, value })) });
const version = (name: string, source: string, tags: Record<string, string> = {}) =>
  post('/model-versions/create', { name, source, tags: Object.entries(tags).map(([key, value]) => ({ key, value })) });
const alias = (name: string, alias: string, version: string) =>
  post('/registered-models/alias', { name, alias, version });
const tag = (name: string, version: string, key: string, value: unknown) =>
  post('/model-versions/set-tag', { name, version, key, value });
const models = (filter: string, more = {}) => get('/registered-models/search', { filter, ...more });
const versions = (filter: string, more = {}) => get('/model-versions/search', { filter, ...more });

const many = (count: number) => 'x'.repeat(count);

const empty: Request[] = [
  get('/registered-models/search'),
  get('/model-versions/search'),
  models("name = 'nothing'"),
  versions("name = 'nothing'"),
];

const registration: Request[] = [
  model('m1'),
  model('m1'),
  post('/registered-models/create', { name: 'm2', description: 'about', tags: [{ key: 'empty', value: '' }] }),
  post('/registered-models/create', {}),
  post('/registered-models/create', { name: '' }),
  ...[
    'a/b',
    'a:b',
    '..',
    '.',
    'a b',
    "it's",
    'say "hi"',
    'back\\',
    '100%',
    'ünï 🎵',
    'UPPER',
    'upper',
    'tick`',
    ' lead ',
  ].map((name) => model(name)),
  version('m1', 's3://b/1'),
  version('m1', 's3://b/2', { version: '1.1.0', prod: '' }),
  version('m1', 'oci://quay.io/a/b:c'),
  version('nope', 's3://b/1'),
  post('/model-versions/create', { name: 'm1' }),
  version('m1', ''),
  version('m1', '/tmp/x'),
  version('m1', 'file:///tmp/x'),
  version('m1', 'some text'),
  version('m1', 's3://bucket'),
  get('/registered-models/get', { name: 'm1' }),
  get('/registered-models/get', { name: 'm2' }),
  get('/registered-models/get', { name: 'nope' }),
  get('/registered-models/get', { name: 'M1' }),
  get('/registered-models/get'),
  get('/registered-models/get', { name: '' }),
  get('/registered-models/get', { name: "it's" }),
  get('/model-versions/get', { name: 'm1', version: 2 }),
  ...['99', 'abc', '01', '0', '-1', '1.0', '1e1', ' 1'].map((number) =>
    get('/model-versions/get', { name: 'm1', version: number }),
  ),
  get('/model-versions/get', { name: 'nope', version: 1 }),
  get('/model-versions/get', { name: 'm1' }),
];

const aliases: Request[] = [
  alias('m1', 'prod', '1'),
  alias('m1', 'prod', '2'),
  alias('m1', 'test', '2'),
  alias('m1', 'late', '3'),
  get('/registered-models/alias', { name: 'm1', alias: 'prod' }),
  get('/registered-models/alias', { name: 'm1', alias: 'PROD' }),
  get('/registered-models/alias', { name: 'm1', alias: 'nope' }),
  get('/registered-models/alias', { name: 'nope', alias: 'prod' }),
  get('/model-versions/get', { name: 'm1', version: 2 }),
  get('/registered-models/get', { name: 'm1' }),
  models("name = 'm1'"),
  versions("name = 'm1'"),
  alias('m1', 'prod', '99'),
  alias('nope', 'prod', '1'),
  ...['latest', 'LATEST', 'v1', 'V2', 'v1a', 'version', 'Prod', 'pre-prod', 'a.b', 'a/b', 'a b', '', 'ü', '123'].map(
    (name) => alias('m1', name, '1'),
  ),
  alias('m1', many(255), '1'),
  remove('/registered-models/alias', { name: 'm1', alias: 'test' }),
  remove('/registered-models/alias', { name: 'm1', alias: 'test' }),
  remove('/registered-models/alias', { name: 'm1', alias: 'PROD' }),
  remove('/registered-models/alias', { name: 'nope', alias: 'prod' }),
  { method: 'DELETE', path: '/registered-models/alias?name=m1&alias=prod' },
  get('/registered-models/alias', { name: 'm1', alias: 'prod' }),
];

const tags: Request[] = [
  tag('m1', '1', 'a', 'b'),
  tag('m1', '1', 'a', 'c'),
  tag('m1', '1', 'prod', ''),
  tag('m1', '1', 'null', null),
  post('/model-versions/set-tag', { name: 'm1', version: 1, key: 'without value' }),
  tag('m1', '1', 'number', 5),
  tag('m1', '1', '', 'b'),
  post('/model-versions/set-tag', { name: 'm1', version: '1', value: 'b' }),
  tag('m1', '1', 'mlflow.x', 'y'),
  ...['a.b-c', 'a/b', 'a b', 'ü', 'a:b', 'a`b', "a'b", 'a"b', 'a\\b', 'a%b', '..', '/a', 'a//b', './a', 'a/../b'].map(
    (key) => tag('m1', '1', key, 'v'),
  ),
  tag('m1', '1', many(250), 'v'),
  tag('m1', '1', many(251), 'v'),
  tag('m1', '1', 'lines', 'a\nb\u0000"\'\\'),
  get('/model-versions/get', { name: 'm1', version: 1 }),
  ...[5_000, 5_001, 100_000, 100_001].map((length) => tag('m1', '2', 'long', many(length))),
  tag('m1', '2', 'long', '🎵'.repeat(5_000)),
  tag('m1', '99', 'a', 'b'),
  tag('nope', '1', 'a', 'b'),
  tag('m1', 'abc', 'a', 'b'),
  post('/registered-models/set-tag', { name: 'm1', key: 'prod.head', value: 'abc' }),
  post('/registered-models/set-tag', { name: 'nope', key: 'a', value: 'b' }),
  post('/registered-models/set-tag', { name: 'm1', key: 'b', value: 'c', unknown: 1 }),
  get('/registered-models/get', { name: 'm1' }),
  remove('/registered-models/delete-tag', { name: 'm1', key: 'b' }),
  remove('/registered-models/delete-tag', { name: 'm1', key: 'b' }),
  remove('/registered-models/delete-tag', { name: 'nope', key: 'b' }),
  remove('/model-versions/delete-tag', { name: 'm1', version: '1', key: 'a' }),
  remove('/model-versions/delete-tag', { name: 'm1', version: '1', key: 'a' }),
  remove('/model-versions/delete-tag', { name: 'm1', version: '2', key: 'long' }),
  remove('/model-versions/delete-tag', { name: 'm1', version: '99', key: 'a' }),
  remove('/model-versions/delete-tag', { name: 'nope', version: '1', key: 'a' }),
  get('/registered-models/get', { name: 'm1' }),
];

const odd = ['f1', "f'q", 'f"q', 'f\\b', 'f%', 'f_', 'fü', 'F1', 'f\nn', 'f -- x', "f' OR name = 'f1"];

const filters: Request[] = [
  ...odd.flatMap((name) => [
    model(name, { f: name }),
    ...[1, 2, 3].map((number) =>
      version(name, `s3://f/${name}/${number}`, {
        version: `${name}-${number}`,
        [number < 3 ? 'prod' : 'other']: '',
        'my.tag-x': 'A',
        'my tag': 'A',
      }),
    ),
  ]),
  ...odd.flatMap((name) => {
    const quote = name.includes("'") ? '"' : "'";
    const text = (more: string) => `${quote}${more}${quote}`;
    return [
      models(`name = ${text(name)}`),
      models(`tags.f = ${text(name)}`),
      versions(`name = ${text(name)}`),
      versions(`tags.version = ${text(`${name}-1`)}`),
      versions(`source_path = ${text(`s3://f/${name}/2`)}`),
    ];
  }),
  ...[
    "name = 'f'q'",
    "name = 'f''q'",
    "name = 'f\\'q'",
    'name = `f1`',
    'name = f1',
    "name='f1'",
    "NAME = 'f1'",
    "name = 'f1' and tags.prod = ''",
    "name = 'f1' AND tags.`prod` = ''",
    'name = \'f1\' AND tags."prod" = ""',
    "name = 'f1' AND tag.prod = ''",
    "name = 'f1' AND tags.prod != 'x'",
    "name = 'f1' AND tags.prod LIKE '%'",
    "name = 'f1' AND tags.PROD = ''",
    "name = 'f1' AND tags.version = 'F1-1'",
    "name = 'f1' AND tags.version ILIKE 'F1-1'",
    "name LIKE 'f_'",
    "name ILIKE 'f1'",
    "name = 'f1' AND tags.`my.tag-x` = 'A'",
    "name = 'f1' AND tags.my.tag-x = 'A'",
    "name = 'f1' AND tags.`my tag` = 'A'",
    "name = 'f1' AND tags.`my.tag-x` = 'a'",
    "name = 'f1' AND tags.prod = '' AND tags.version = 'f1-1'",
    "name = 'f1' AND tags.prod = '' AND tags.prod = 'x'",
    "tags.version = 'f1-1' AND tags.version = 'f1-2'",
    "tags.version IN ('f1-1','f1-2')",
    "name IN ('f1','F1')",
    "name = 'f1' OR name = 'F1'",
    "NOT name = 'f1'",
    "name != 'f1' AND tags.version = 'F1-1'",
    "version_number = 2 AND name='f1'",
    "version_number = '2' AND name='f1'",
    "version_number > 1 AND name='f1'",
    "version = 2 AND name='f1'",
    "source = 's3://f/f1/1'",
    "source_path LIKE 's3://f/f1/%'",
    "source_path IN ('s3://f/f1/1')",
    "name = 'f1' AND aliases = 'prod'",
    "name = 'f1' AND attribute.name = 'f1'",
    'name',
    'name =',
    "name = 'f1",
    "name > 'a'",
    'name = 5',
    'tags.prod = 5',
    "name = ''",
    "(name = 'f1')",
    "name = 'f1';",
    "name = 'f1' -- c",
  ].map((filter) => versions(filter)),
  models('version_number = 1'),
  models("name IN ('f1')"),
  models("name LIKE 'f%'", { order_by: 'name DESC' }),
];

const pages: Request[] = [
  models('', { max_results: 2 }),
  models('', { max_results: 2, page_token: 'eyJvZmZzZXQiOiAyfQ==' }),
  ...[0, -1, 1, 1_000, 1_001, 'x'].map((size) => models("name = 'f1'", { max_results: size })),
  ...[0, -1, 1, 2, 3, 200_000, 200_001, 'x'].map((size) => versions("name = 'f1'", { max_results: size })),
  versions("name = 'f1'", { max_results: 2, page_token: 'eyJvZmZzZXQiOiAyfQ==' }),
  versions("name = 'f1'", { page_token: 'rubbish' }),
  versions("name = 'f1'", { page_token: '' }),
  versions("name = 'f1'", { page_token: 'eyJvZmZzZXQiOiA5OX0=' }),
  ...[
    'name',
    'version_number',
    'version_number DESC',
    'creation_timestamp ASC',
    'last_updated_timestamp',
    'foo',
    'version',
  ].map((order) => versions("name = 'f1'", { order_by: order })),
  versions("name LIKE 'f%'", { order_by: ['name ASC', 'version_number DESC'], max_results: 7 }),
];

const prompts: Request[] = [
  model('prompt', { 'mlflow.prompt.is_prompt': 'true' }),
  version('prompt', 'prompt-template', { 'mlflow.prompt.is_prompt': 'true', 'mlflow.prompt.text': 'Hi', prod: '' }),
  get('/registered-models/get', { name: 'prompt' }),
  models("name = 'prompt'"),
  versions("name = 'prompt'"),
  models("tags.`mlflow.prompt.is_prompt` = 'true'"),
  versions("tags.`mlflow.prompt.is_prompt` = 'true'"),
];

const strange: Request[] = [
  get('/registered-models/nope'),
  { method: 'PUT', path: '/registered-models/get' },
  post('/registered-models/get', { name: 'm1' }),
  { method: 'POST', path: '/registered-models/set-tag', body: 'no JSON' },
  {
    ...post('/registered-models/set-tag', { name: 'm1', key: 'q', value: '1' }),
    headers: { 'content-type': 'text/plain' },
  },
  { ...get('/registered-models/get', { name: 'm1' }), headers: { 'x-mlflow-workspace': 'team-a' } },
  { ...get('/registered-models/get', { name: 'm2' }), headers: { 'x-mlflow-workspace': '' } },
];

export const requests = [...empty, ...registration, ...aliases, ...tags, ...filters, ...pages, ...prompts, ...strange];

/** Sends them all. Times are 0 in the answers, and of a message that is kept which does not come from the database or a parser. */
export async function ask(url: string): Promise<Recording[]> {
  const recordings: Recording[] = [];
  for (const request of requests) {
    const { method, path, body, headers } = request;
    const response = await fetch(`${url}/api/2.0/mlflow${path}`, {
      method,
      headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    recordings.push(shortened({ ...request, status: response.status, answer: steady(text) }));
  }
  return recordings;
}

/** Long texts tell by their length what they have to. */
function shortened(exchange: Recording): Recording {
  const short = (_key: string, value: unknown) =>
    typeof value === 'string' && value.length > 300 ? `${value.slice(0, 10)}… (${value.length})` : value;
  return JSON.parse(JSON.stringify(exchange, short));
}

/** Messages that do not come from a database or a parser. */
const OWN_WORDS =
  /^(?:Registered Model|Model Version \(|Registered model alias \S+ not|Missing value|Version alias|'latest'|Parameter 'version'|Model version must|Workspace|Bad Request)(?:(?! Error:).)*/;

function steady(text: string): unknown {
  if (!text.startsWith('{')) return text.match(/<title>.*<\/title>/)?.[0] ?? text;
  return JSON.parse(text, (key, value) => {
    if (key.endsWith('_timestamp')) return typeof value === 'number' ? 0 : value;
    return key === 'message' && typeof value === 'string' ? (OWN_WORDS.exec(value)?.[0] ?? '…') : value;
  });
}
