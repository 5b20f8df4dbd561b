import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { renderSettingsTable } from '../../../config/generate.ts';
import { SettingsError } from '../../../config/settings/reader.ts';
import { readAllSettings, readSettings, type Settings, settings } from '../../../functions/settings.ts';
import type { FunctionName } from '../../../functions/table.ts';

type Env = Record<string, string>;

const noFile = (path: string): string => {
  throw new Error(`no ${path}`);
};
const required: Record<FunctionName, Env> = {
  'gitea-source': { GITEA_WEBHOOK_SECRET: 's3cret of a webhook' },
  parse: { GITEA_URL: 'https://gitea.example.com', GITEA_REPOSITORY: 'mlops/gitops' },
  'registry-writer': { MODEL_REGISTRY_URL: 'https://registry.example.com' },
  'dead-letter': {},
  'commit-status': {
    GITEA_URL: 'https://gitea.example.com',
    GITEA_REPOSITORY: 'mlops/gitops',
    GITEA_STATUS_TOKEN: 't0ken',
  },
};
const all = Object.assign({}, ...Object.values(required)) as Env;

const source = (env: Env, readFile = noFile) =>
  readSettings({ ...required['gitea-source'], ...env }, 'gitea-source', readFile);
const parse = (env: Env, readFile = noFile) => readSettings({ ...required.parse, ...env }, 'parse', readFile);
const status = (env: Env, readFile = noFile) =>
  readSettings({ ...required['commit-status'], ...env }, 'commit-status', readFile);
const writer = (env: Env, readFile = noFile) =>
  readSettings({ ...required['registry-writer'], ...env }, 'registry-writer', readFile);

/** Functions by what they give now. */
const plain = (settings: Settings) =>
  JSON.parse(JSON.stringify(settings, (_, value) => (typeof value === 'function' ? { now: value() } : value)));

function faults(read: () => Settings): string[] {
  try {
    read();
  } catch (error) {
    assert.ok(error instanceof SettingsError);
    return error.message.split('\n').slice(1);
  }
  return assert.fail('expected a SettingsError');
}

describe('settings of one function', () => {
  const shared = {
    port: 8080,
    logLevel: 'info',
    ceOverrides: {},
    sinkToken: {},
    sinkCa: {},
    eventSigningKey: {},
    gracePeriodMs: 30_000,
    inCluster: false,
  };

  it('have the defaults of gitea-source', () => {
    assert.deepEqual(plain(source({})), {
      ...shared,
      giteaSource: { forge: 'gitea', secrets: { now: ['s3cret of a webhook'] } },
    });
  });

  it('have the defaults of parse', () => {
    assert.deepEqual(plain(parse({})), {
      ...shared,
      parse: {
        forge: 'gitea',
        url: 'https://gitea.example.com',
        repository: 'mlops/gitops',
        token: {},
        tokenName: 'GITEA_TOKEN',
        ca: {},
        deploymentFiles: ['model-deployments/{environment}/{application}/config.yaml'],
        environments: ['prod'],
        artifactUri: 'oci://{image_repository}/{image_namespace}/{name}:{version}',
        artifactEnvironment: 'prod',
      },
    });
  });

  it('of dead-letter are those of all: it knows no secret but the one that signs', () => {
    assert.deepEqual(plain(readSettings({}, 'dead-letter', noFile)), shared);
  });

  it('have the defaults of registry-writer', () => {
    assert.deepEqual(plain(writer({})), {
      ...shared,
      registryWriter: {
        registry: 'kubeflow',
        url: 'https://registry.example.com',
        token: {},
        ca: {},
        api: '/api/model_registry/v1alpha3',
        floatingVersions: ['latest'],
        eventMaxAge: 3_600_000,
      },
    });
  });

  it('have the defaults of commit-status', () => {
    assert.deepEqual(plain(status({})), {
      ...shared,
      commitStatus: {
        forge: 'gitea',
        url: 'https://gitea.example.com',
        repository: 'mlops/gitops',
        token: { now: 't0ken' },
        tokenName: 'GITEA_STATUS_TOKEN',
        ca: {},
        environments: ['prod'],
      },
    });
  });

  it('say what commit-status needs: a token of its own, by value or by file, and nothing of parse', () => {
    assert.deepEqual(
      faults(() => status({ GITEA_STATUS_TOKEN: '', GITEA_TOKEN: 'other' })),
      ['- GITEA_STATUS_TOKEN: expected a value, here or in the file that GITEA_STATUS_TOKEN_FILE names; it is not set'],
    );
    const fromFile = status({ GITEA_STATUS_TOKEN: '', GITEA_STATUS_TOKEN_FILE: '/t' }, () => 'abc\n');
    assert.equal(fromFile.commitStatus.token(), 'abc');
    assert.equal('parse' in fromFile, false);
    assert.equal(
      faults(() => status({ MODEL_REGISTRY_UI_URL: 'javascript:alert(1)' }))[0],
      '- MODEL_REGISTRY_UI_URL: expected a URL that begins with http:// or https://; came "javascript:alert(1)"',
    );
    assert.equal(faults(() => status({ GITEA_URL: 'http://gitea.example.com' })).length, 1);
  });

  it('are frozen, down to the lists', () => {
    const settings = parse({});
    assert.throws(() => Object.assign(settings, { port: 1 }), TypeError);
    assert.throws(() => Object.assign(settings.parse, { url: '' }), TypeError);
    assert.throws(() => settings.parse.deploymentFiles.push('x'), TypeError);
  });

  it('do not look at what belongs to another function', () => {
    assert.doesNotThrow(() => source({ GITEA_URL: 'nonsense', MODEL_REGISTRY_URL: 'nonsense', ENVIRONMENTS: ',' }));
  });
});

describe('settings of all functions in one process', () => {
  it('are read when no function is named', () => {
    const settings = readAllSettings(all, noFile);
    assert.ok(settings.giteaSource && settings.parse && settings.registryWriter);
  });

  it('tell statuses only with a token for it', () => {
    const { GITEA_STATUS_TOKEN: _, ...without } = all;
    assert.equal(readAllSettings(without, noFile).commitStatus, undefined);
    assert.equal(readAllSettings(all, noFile).commitStatus?.token(), 't0ken');
  });

  it('name everything that is missing', () => {
    assert.deepEqual(
      faults(() => readAllSettings({}, noFile)).map((line) => line.split(':')[0]),
      ['- GITEA_WEBHOOK_SECRET', '- GITEA_URL', '- GITEA_REPOSITORY', '- MODEL_REGISTRY_URL'],
    );
  });

  it('need two different ports', () => {
    assert.deepEqual(
      faults(() => readAllSettings({ ...all, PORT: '9000', EVENTS_PORT: '9000' }, noFile)),
      ['- EVENTS_PORT: expected another port than PORT; came 9000'],
    );
    assert.equal(readAllSettings({ ...all, PORT: '0', EVENTS_PORT: '0' }, noFile).eventsPort, 0);
  });
});

describe('a setting', () => {
  const may = <S>(name: string, settings: S, expected: unknown, pick: (settings: S) => unknown) =>
    it(`may be ${name}`, () => assert.deepEqual(pick(settings), expected));

  may('PORT=0', source({ PORT: '0' }), 0, (s) => s.port);
  may('no LISTEN_ADDRESS', source({}), undefined, (s) => s.listenAddress);
  may('LISTEN_ADDRESS', source({ LISTEN_ADDRESS: '::1' }), '::1', (s) => s.listenAddress);
  may('PORT=65535', source({ PORT: '65535' }), 65_535, (s) => s.port);
  may('LOG_LEVEL=debug', source({ LOG_LEVEL: 'debug' }), 'debug', (s) => s.logLevel);
  may(
    'K_SINK',
    source({ K_SINK: 'http://broker.ns.svc/ns/default' }),
    'http://broker.ns.svc/ns/default',
    (s) => s.sink,
  );
  may('K_SINK with a slash at its end', source({ K_SINK: 'http://sink/a/' }), 'http://sink/a/', (s) => s.sink);
  may('an empty K_CE_OVERRIDES', source({ K_CE_OVERRIDES: '' }), {}, (s) => s.ceOverrides);
  may('K_CE_OVERRIDES={}', source({ K_CE_OVERRIDES: '{}' }), {}, (s) => s.ceOverrides);
  may('K_CE_OVERRIDES without extensions', source({ K_CE_OVERRIDES: '{"extensions":null}' }), {}, (s) => s.ceOverrides);
  may(
    'K_CE_OVERRIDES with extensions',
    source({ K_CE_OVERRIDES: '{"extensions":{"team":"a b"}}' }),
    { team: 'a b' },
    (s) => s.ceOverrides,
  );
  may(
    'TERMINATION_GRACE_PERIOD_SECONDS',
    source({ TERMINATION_GRACE_PERIOD_SECONDS: '5' }),
    5_000,
    (s) => s.gracePeriodMs,
  );
  may('EVENT_SIGNING_KEY', source({ EVENT_SIGNING_KEY: 'a k e y of 16 c.' }), 'a k e y of 16 c.', (s) =>
    s.eventSigningKey(),
  );
  may(
    'several GITEA_WEBHOOK_SECRETs',
    source({ GITEA_WEBHOOK_SECRET: 'the older secret, the newer secret' }),
    ['the older secret', 'the newer secret'],
    (s) => s.giteaSource.secrets(),
  );
  may(
    'GITEA_REPOSITORIES, compared without case',
    source({ GITEA_REPOSITORIES: 'Ada/One, ada/two' }),
    ['ada/one', 'ada/two'],
    (s) => s.giteaSource.repositories,
  );
  may(
    'GITEA_URL with a path',
    parse({ GITEA_URL: 'https://example.com/git/' }),
    'https://example.com/git',
    (s) => s.parse.url,
  );
  may('GITEA_URL on loopback', parse({ GITEA_URL: 'http://[::1]:3000' }), 'http://[::1]:3000', (s) => s.parse.url);
  may('GITEA_REPOSITORY', parse({ GITEA_REPOSITORY: 'Ada/One.x' }), 'Ada/One.x', (s) => s.parse.repository);
  may('GITEA_BRANCH', parse({ GITEA_BRANCH: 'release/1.x' }), 'release/1.x', (s) => s.parse.branch);
  may('ENVIRONMENTS', parse({ ENVIRONMENTS: 'test, prod,test' }), ['test', 'prod'], (s) => s.parse.environments);
  may('ENVIRONMENTS=*', parse({ ENVIRONMENTS: '*' }), '*', (s) => s.parse.environments);
  may('the artifact environment of *', parse({ ENVIRONMENTS: '*' }), 'prod', (s) => s.parse.artifactEnvironment);
  may(
    'the artifact environment where prod is watched',
    parse({ ENVIRONMENTS: 'test,prod' }),
    'prod',
    (s) => s.parse.artifactEnvironment,
  );
  may(
    'the artifact environment where it is not',
    parse({ ENVIRONMENTS: 'stage,test' }),
    'stage',
    (s) => s.parse.artifactEnvironment,
  );
  may(
    'ARTIFACT_ENVIRONMENT',
    parse({ ENVIRONMENTS: 'prod,test', ARTIFACT_ENVIRONMENT: 'test' }),
    'test',
    (s) => s.parse.artifactEnvironment,
  );
  may(
    'DEPLOYMENT_FILES',
    parse({ DEPLOYMENT_FILES: 'a/**/{environment}-x/{application}.yaml, {application}/{environment}' }),
    ['a/**/{environment}-x/{application}.yaml', '{application}/{environment}'],
    (s) => s.parse.deploymentFiles,
  );
  may('ARTIFACT_URI', parse({ ARTIFACT_URI: 's3://b/{a.b-c}/x' }), 's3://b/{a.b-c}/x', (s) => s.parse.artifactUri);
  may(
    'MODEL_REGISTRY_API',
    writer({ MODEL_REGISTRY_API: '/api/model_registry/v2/' }),
    '/api/model_registry/v2',
    (s) => s.registryWriter.api,
  );
  may(
    'FLOATING_VERSIONS',
    writer({ FLOATING_VERSIONS: 'latest,main' }),
    ['latest', 'main'],
    (s) => s.registryWriter.floatingVersions,
  );
  may('EVENT_MAX_AGE_MINUTES', writer({ EVENT_MAX_AGE_MINUTES: '20' }), 1_200_000, (s) => s.registryWriter.eventMaxAge);
  may('an empty one, which counts as unset', source({ PORT: '' }), 8080, (s) => s.port);

  const url = 'a URL that begins with http:// or https://';
  const shown = (read: (env: Env) => Settings, name: string, value: string, expected: string) =>
    [read, name, value, expected, JSON.stringify(value)] as const;
  const hidden = (read: (env: Env) => Settings, name: string, value: string, expected: string) =>
    [read, name, value, expected, 'something else (not shown)'] as const;
  const short = (read: (env: Env) => Settings, name: string, value: string, expected: string, came: string) =>
    [read, name, value, expected, came] as const;
  const leastKey = 'at least 16 characters (`openssl rand -hex 32` makes 64)';
  const refused = [
    shown(source, 'PORT', '80x', 'a whole number from 0 to 65535'),
    shown(source, 'PORT', '65536', 'a whole number from 0 to 65535'),
    shown(source, 'PORT', '-1', 'a whole number from 0 to 65535'),
    shown(source, 'PORT', '1e3', 'a whole number from 0 to 65535'),
    shown(source, 'PORT', ' 80', 'a whole number from 0 to 65535'),
    shown(source, 'LISTEN_ADDRESS', 'localhost', 'an IP address, such as 127.0.0.1 or ::1'),
    shown(source, 'LISTEN_ADDRESS', '127.0.0.1:80', 'an IP address, such as 127.0.0.1 or ::1'),
    shown(source, 'EVENTS_PORT', '8081.5', 'a whole number from 0 to 65535'),
    shown(source, 'LOG_LEVEL', 'INFO', 'one of debug, info, warn, error'),
    shown(
      source,
      'FUNCTION_TARGET',
      'writer',
      'one of gitea-source, parse, registry-writer, dead-letter, commit-status',
    ),
    shown(source, 'ALLOW_HTTP', 'yes', 'true or false'),
    shown(source, 'TERMINATION_GRACE_PERIOD_SECONDS', '0', 'a whole number from 1 to 3600'),
    shown(source, 'K_SINK', 'broker', url),
    shown(source, 'K_SINK', 'ftp://broker', url),
    shown(source, 'K_SINK', 'http://', url),
    shown(source, 'K_SINK', 'http:///x', url),
    shown(source, 'K_SINK', 'http://bro ker', url),
    shown(source, 'K_SINK', 'http://b\\c', url),
    shown(source, 'K_SINK', 'http://broker:99999', url),
    hidden(source, 'K_SINK', 'http://u:hidden@broker', `${url} and has no user name or password in it`),
    hidden(source, 'K_SINK', 'http://@broker', `${url} and has no user name or password in it`),
    hidden(source, 'K_SINK', 'u:hidden@broker', url),
    hidden(parse, 'GITEA_URL', 'https://x?token=hidden', `${url} and has no query or fragment`),
    hidden(parse, 'GITEA_URL', 'https://x/?', `${url} and has no query or fragment`),
    shown(parse, 'GITEA_URL', 'https://x/git/api/v1/', 'the address of the server, to which /api/v1 is added'),
    ...['https://x/api/model_registry/v1alpha3', 'https://x/pre/api/model_registry/'].map((value) =>
      shown(writer, 'MODEL_REGISTRY_URL', value, 'the address of the server, to which MODEL_REGISTRY_API is added'),
    ),
    hidden(writer, 'MODEL_REGISTRY_URL', 'https://x#y', `${url} and has no query or fragment`),
    ...['[]', '5', 'x', '{"extensions":5}', '{"extensions":[]}', '{"extensions":{"a":1}}'].map((value) =>
      shown(
        source,
        'K_CE_OVERRIDES',
        value,
        'JSON such as {"extensions": {"name": "value"}}, names of a-z and 0-9 that are no attribute of every event',
      ),
    ),
    ...['{"extensions":{"my-ext":"x"}}', '{"extensions":{"id":"x"}}'].map((value) =>
      shown(
        source,
        'K_CE_OVERRIDES',
        value,
        'JSON such as {"extensions": {"name": "value"}}, names of a-z and 0-9 that are no attribute of every event',
      ),
    ),
    hidden(source, 'GITEA_WEBHOOK_SECRET', 'hidden sixteen c,', 'secrets, separated by commas, none of them empty'),
    short(source, 'GITEA_WEBHOOK_SECRET', 'hidden', leastKey, '6 characters'),
    short(source, 'GITEA_WEBHOOK_SECRET', 'hidden of 15 ch', leastKey, '15 characters'),
    // Of two while one is replaced, each.
    short(
      source,
      'GITEA_WEBHOOK_SECRET',
      'hidden sixteen c,hidden',
      `${leastKey} in each, separated by commas`,
      '6 characters in number 2',
    ),
    ...[source, parse, writer].map((read) => short(read, 'EVENT_SIGNING_KEY', 'h', leastKey, '1 character')),
    // Spaces around it are no strength.
    short(parse, 'EVENT_SIGNING_KEY', `  hidden${' '.repeat(20)}`, leastKey, '6 characters'),
    shown(source, 'GITEA_REPOSITORIES', 'a/b,c', 'owner/name'),
    shown(source, 'GITEA_REPOSITORIES', 'a/b,,', 'repositories as owner/name, separated by commas, none of them empty'),
    shown(parse, 'GITEA_REPOSITORY', 'gitops', 'owner/name'),
    shown(parse, 'GITEA_REPOSITORY', 'a/b/c', 'owner/name'),
    shown(parse, 'GITEA_REPOSITORY', 'a/..', 'owner/name'),
    shown(parse, 'GITEA_REPOSITORY', 'a/b?c', 'owner/name'),
    hidden(parse, 'GITEA_TOKEN', 'hidden\nX-Other: 1', 'printable ASCII without spaces'),
    ...['refs/heads/main', 'a..b', 'a b', '-x', 'x/', 'x.lock', 'a~1', 'a//b', '/a'].map((value) =>
      shown(parse, 'GITEA_BRANCH', value, 'the short name of a branch, such as main'),
    ),
    ...['Prod', 'pro_d', '-prod', 'id', 'state', 'description', 'prod,*'].map((value) =>
      shown(
        parse,
        'ENVIRONMENTS',
        value,
        'names made of a-z, 0-9 and - that are no field of the registry (id, name, state, …)',
      ),
    ),
    shown(parse, 'ENVIRONMENTS', ',', 'names of environments (or *), separated by commas, none of them empty'),
    shown(
      parse,
      'ARTIFACT_ENVIRONMENT',
      'Prod',
      'names made of a-z, 0-9 and - that are no field of the registry (id, name, state, …)',
    ),
    ...['{a', 'a}', '{}', '{a b}', 'x y', '{{a}}'].map((value) =>
      shown(parse, 'ARTIFACT_URI', value, 'a URI with {key} for keys of the file, braces in pairs, without spaces'),
    ),
    ...['api', '/a//b', '/a?b', 'https://x/api', '/a b'].map((value) =>
      shown(writer, 'MODEL_REGISTRY_API', value, 'a path that begins with /, such as /api/model_registry/v1alpha3'),
    ),
  ];
  for (const [read, name, value, expected, came] of refused) {
    it(`is refused: ${name}=${JSON.stringify(value)}`, () => {
      const lines = faults(() => read({ [name]: value }));
      assert.deepEqual(lines, [`- ${name}: expected ${expected}; came ${came}`]);
      if (came !== JSON.stringify(value)) assert.equal(lines.join().includes('hidden'), false);
    });
  }

  for (const template of [
    'a/{environment}/config.yaml',
    'a/{application}/config.yaml',
    'a/{environment}/{application}/{environment}',
    '/{environment}/{application}',
    '{environment}//{application}',
    '../{environment}/{application}',
    './{environment}/{application}',
    '{environment}/{application}/',
    '{environment}/{application}/*.yaml',
    '{environment}/{application}/a**',
    '{environment}/{application}/{file}',
    '{environment}/{application}/{',
  ]) {
    it(`is refused: DEPLOYMENT_FILES=${template}`, () => {
      const [line, ...more] = faults(() => parse({ DEPLOYMENT_FILES: `ok/{environment}/{application},${template}` }));
      assert.match(line!, /^- DEPLOYMENT_FILES: expected .+; came "ok\//);
      assert.deepEqual(more, []);
    });
  }

  it('is refused: an ARTIFACT_ENVIRONMENT that is not watched', () => {
    assert.deepEqual(
      faults(() => parse({ ENVIRONMENTS: 'test,prod', ARTIFACT_ENVIRONMENT: 'stage' })),
      ['- ARTIFACT_ENVIRONMENT: expected one of ENVIRONMENTS (test, prod); came stage'],
    );
    assert.doesNotThrow(() => parse({ ENVIRONMENTS: '*', ARTIFACT_ENVIRONMENT: 'stage' }));
  });

  it('is told with all others that are wrong', () => {
    const lines = faults(() => readSettings({ PORT: 'x', GITEA_URL: 'x' }, 'parse', noFile));
    assert.deepEqual(
      lines.map((line) => line.slice(2, line.indexOf(':'))),
      ['PORT', 'GITEA_URL', 'GITEA_REPOSITORY'],
    );
  });

  it('is cut in the message when it is long', () => {
    assert.ok(faults(() => source({ PORT: 'x'.repeat(5_000) }))[0]!.length < 250);
  });
});

describe('tokens over plain HTTP', () => {
  for (const url of [
    'http://localhost:3000',
    'http://127.0.0.1',
    'http://127.8.9.1',
    'http://[::1]',
    'http://registry.ns.svc:8080',
    'http://registry.ns.svc.cluster.local',
    'http://registry.ns.svc.cluster.local.',
    'https://anywhere.example.com',
  ]) {
    it(`may go to ${url}`, () => {
      assert.doesNotThrow(() => parse({ GITEA_URL: url, GITEA_TOKEN: 't' }));
      assert.doesNotThrow(() => writer({ MODEL_REGISTRY_URL: url, MODEL_REGISTRY_TOKEN: 't' }));
    });
  }

  for (const url of [
    'http://gitea.example.com',
    'http://registry',
    'http://registry.ns',
    'http://10.0.0.1',
    'http://evil-svc',
    'http://x.svc.example.com',
    'http://x.svc.cluster.local.example.com',
    'http://127.0.0.1.example.com',
    'http://svc',
    'http://.svc',
  ]) {
    it(`may not go to ${url}`, () => {
      const expected = (name: string) =>
        new RegExp(
          `^- ${name}_URL: expected https://, because ${name}_TOKEN goes there \\(or ALLOW_HTTP=true\\); came `,
        );
      assert.match(faults(() => parse({ GITEA_URL: url, GITEA_TOKEN: 't' }))[0]!, expected('GITEA'));
      assert.match(
        faults(() => writer({ MODEL_REGISTRY_URL: url, MODEL_REGISTRY_TOKEN: 't' }))[0]!,
        expected('MODEL_REGISTRY'),
      );
    });

    it(`may go to ${url} with ALLOW_HTTP=true`, () => {
      assert.doesNotThrow(() => parse({ GITEA_URL: url, GITEA_TOKEN: 't', ALLOW_HTTP: 'true' }));
    });

    it(`are not needed for ${url}`, () => assert.doesNotThrow(() => parse({ GITEA_URL: url })));
  }

  it('may not either when they are in a file', () => {
    assert.equal(faults(() => parse({ GITEA_URL: 'http://x', GITEA_TOKEN_FILE: '/t' }, () => 't')).length, 1);
  });
});

describe('secrets in files', () => {
  let folder: string;
  let path: string;
  const readFile = (name: string) => readFileSync(name, 'utf8');
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'settings-'));
    path = join(folder, 'secret');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('are read without the newline at the end, and again when they change', () => {
    writeFileSync(path, 'one\n');
    const { token } = parse({ GITEA_TOKEN_FILE: path }, readFile).parse!;
    assert.equal(token(), 'one');
    writeFileSync(path, 'two\r\n');
    assert.equal(token(), 'two');
  });

  it('keep spaces and newlines within', () => {
    writeFileSync(path, ' a\nb of more lines \n\n');
    assert.equal(source({ EVENT_SIGNING_KEY_FILE: path }, readFile).eventSigningKey(), ' a\nb of more lines ');
  });

  it('may hold several webhook secrets', () => {
    writeFileSync(path, 'the older secret,the newer secret\n');
    const env = { GITEA_WEBHOOK_SECRET: '', GITEA_WEBHOOK_SECRET_FILE: path };
    const { secrets } = source(env, readFile).giteaSource!;
    assert.deepEqual(secrets(), ['the older secret', 'the newer secret']);
    writeFileSync(path, 'the newer secret\n');
    assert.deepEqual(secrets(), ['the newer secret']);
  });

  it('keep the last good value while the file is empty, gone or nonsense', () => {
    writeFileSync(path, 'the first secret');
    const { secrets } = source({ GITEA_WEBHOOK_SECRET: '', GITEA_WEBHOOK_SECRET_FILE: path }, readFile).giteaSource!;
    writeFileSync(path, '');
    assert.deepEqual(secrets(), ['the first secret']);
    writeFileSync(path, ',,');
    assert.deepEqual(secrets(), ['the first secret']);
    rmSync(path);
    assert.deepEqual(secrets(), ['the first secret']);
    writeFileSync(path, 'the second secret');
    assert.deepEqual(secrets(), ['the second secret']);
  });

  it('keep their last good value when they are emptied, required or not, and say so once', () => {
    for (const empty of ['', '\n', ' \n']) {
      writeFileSync(path, 'a key of sixteen');
      const told: string[] = [];
      const env = { GITEA_WEBHOOK_SECRET: 'a webhook secret', EVENT_SIGNING_KEY_FILE: path };
      const { eventSigningKey } = readSettings(
        env,
        'gitea-source',
        readFile,
        (...what) => void told.push(what.join(': ')),
      );
      writeFileSync(path, empty);
      assert.deepEqual([eventSigningKey(), eventSigningKey()], ['a key of sixteen', 'a key of sixteen']);
      assert.deepEqual(told, [`EVENT_SIGNING_KEY_FILE: expected ${path} with text in it`]);
    }
  });

  it('are refused when a file is named that is empty: nothing is switched off that way', () => {
    for (const [name, read] of [
      ['EVENT_SIGNING_KEY_FILE', source],
      ['EVENT_SIGNING_KEY_FILE', writer],
      ['GITEA_TOKEN_FILE', parse],
      ['MODEL_REGISTRY_TOKEN_FILE', writer],
    ] as const) {
      for (const empty of ['', '\n', ' \n']) {
        writeFileSync(path, empty);
        const [line, ...more] = faults(() => read({ [name]: path }, readFile));
        assert.deepEqual([line, more], [`- ${name}: expected a file with text in it; came ${path}`, []]);
      }
    }
  });

  it('are refused when too short to sign with; one that gets so later is not taken, and that is said once', () => {
    const told: string[] = [];
    const expected = 'at least 16 characters (`openssl rand -hex 32` makes 64)';
    for (const [name, other] of [
      ['GITEA_WEBHOOK_SECRET_FILE', { GITEA_WEBHOOK_SECRET: '' }],
      ['EVENT_SIGNING_KEY_FILE', {}],
    ] as const) {
      const read = () =>
        readSettings(
          { GITEA_WEBHOOK_SECRET: 'a webhook secret', ...other, [name]: path },
          'gitea-source',
          readFile,
          (...what) => void told.push(what.join(': ')),
        );
      writeFileSync(path, 'hidden\n');
      assert.deepEqual(faults(read), [`- ${name}: expected a file with ${expected}; came ${path} with 6 characters`]);
      writeFileSync(path, 'a secret of some length\n');
      const settings = read();
      const values = () => [settings.giteaSource.secrets(), settings.eventSigningKey()].flat();
      const good = values();
      assert.ok(good.includes('a secret of some length'));
      writeFileSync(path, 'hidden\n');
      assert.deepEqual([values(), values()], [good, good]);
      assert.deepEqual(told.splice(0), [`${name}: expected ${path} with ${expected}, came 6 characters`]);
      writeFileSync(path, 'the next one is long enough');
      assert.notDeepEqual(values(), good);
    }
  });

  it('leave tokens as long as those who give them make them', () => {
    assert.equal(parse({ GITEA_TOKEN: 't' }).parse!.token(), 't');
    assert.equal(writer({ MODEL_REGISTRY_TOKEN: 't' }).registryWriter!.token(), 't');
  });

  it('cannot be changed by who got them', () => {
    const { secrets } = source({}).giteaSource!;
    secrets().push('mine');
    assert.deepEqual(secrets(), ['s3cret of a webhook']);
  });

  it('are refused when the file cannot be read, is empty, or holds no such thing', () => {
    const read = () => parse({ GITEA_TOKEN_FILE: path }, readFile);
    assert.deepEqual(faults(read), [`- GITEA_TOKEN_FILE: expected a file that can be read; came ${path}`]);
    writeFileSync(path, 'hidden words');
    assert.deepEqual(faults(read), [
      `- GITEA_TOKEN_FILE: expected a file with printable ASCII without spaces; came ${path}`,
    ]);
    writeFileSync(path, '\n');
    assert.deepEqual(
      faults(() => source({ GITEA_WEBHOOK_SECRET: '', GITEA_WEBHOOK_SECRET_FILE: path }, readFile)),
      [`- GITEA_WEBHOOK_SECRET_FILE: expected a file with text in it; came ${path}`],
    );
  });

  it('are refused beside the same secret in a variable', () => {
    writeFileSync(path, 'x');
    assert.deepEqual(
      faults(() => parse({ GITEA_TOKEN: 'y', GITEA_TOKEN_FILE: path }, readFile)),
      ['- GITEA_TOKEN: expected only one of GITEA_TOKEN and GITEA_TOKEN_FILE; came both'],
    );
  });
});

describe('what a cluster mounts', () => {
  const mount = '/var/run/secrets/kubernetes.io/serviceaccount';
  const files = (content: Record<string, string>) => (path: string) => content[path] ?? noFile(path);
  const pem = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----';

  it("gives the writer the pod's token, as it is at each call", () => {
    const content: Record<string, string> = { [`${mount}/token`]: 'pod-token\n' };
    const { token } = writer({}, files(content)).registryWriter!;
    assert.equal(token(), 'pod-token');
    content[`${mount}/token`] = 'next';
    assert.equal(token(), 'next');
  });

  it('does not replace a token that was given', () => {
    const content = files({ [`${mount}/token`]: 'pod-token', '/t': 'own' });
    assert.equal(writer({ MODEL_REGISTRY_TOKEN: 'mine' }, content).registryWriter!.token(), 'mine');
    assert.equal(writer({ MODEL_REGISTRY_TOKEN_FILE: '/t' }, content).registryWriter!.token(), 'own');
  });

  it('does not send the token over plain HTTP to another network', () => {
    const content = files({ [`${mount}/token`]: 'pod-token' });
    const token = (env: Env) => writer(env, content).registryWriter!.token();
    assert.equal(token({ MODEL_REGISTRY_URL: 'http://registry.example.com' }), undefined);
    assert.equal(token({ MODEL_REGISTRY_URL: 'http://registry.ns.svc' }), 'pod-token');
    assert.equal(token({ MODEL_REGISTRY_URL: 'http://registry.example.com', ALLOW_HTTP: 'true' }), 'pod-token');
  });

  it("adds the cluster's certificates to the system's", () => {
    const ca = writer({}, files({ [`${mount}/service-ca.crt`]: pem })).registryWriter!.ca() ?? '';
    assert.ok(ca.endsWith(pem));
    assert.ok(ca.split('BEGIN CERTIFICATE').length > 50);
    assert.equal(writer({}).registryWriter!.ca(), undefined);
  });

  it('trusts the certificates of a file alone, as they are at each call', () => {
    const content: Record<string, string> = { '/ca': `${pem}\n`, [`${mount}/ca.crt`]: 'other' };
    const { ca } = writer({ MODEL_REGISTRY_CA_FILE: '/ca' }, files(content)).registryWriter!;
    assert.equal(ca(), pem);
    content['/ca'] = 'half a fi';
    assert.equal(ca(), pem);
    content['/ca'] = `${pem}\n${pem}`;
    assert.equal(ca(), `${pem}\n${pem}`);
    assert.equal(parse({ GITEA_CA_FILE: '/ca' }, files(content)).parse!.ca(), `${pem}\n${pem}`);
  });

  it('refuses a file without certificates', () => {
    assert.deepEqual(
      faults(() => parse({ GITEA_CA_FILE: '/ca' }, files({ '/ca': 'key' }))),
      ['- GITEA_CA_FILE: expected a file with PEM certificates (-----BEGIN CERTIFICATE-----); came /ca'],
    );
    assert.equal(faults(() => parse({ GITEA_CA_FILE: '/none' })).length, 1);
  });
});

describe('what SinkBinding sets and mounts', () => {
  const pem = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----';
  const files = (content: Record<string, string>) => (path: string) => content[path] ?? noFile(path);
  const broker = { K_SINK: 'https://broker-ingress.knative-eventing.svc/a/b' };

  it('is trusted beside the system: K_CA_CERTS, and the trust bundles of the folder', () => {
    const count = (text = '') => text.split('BEGIN CERTIFICATE').length - 1;
    const { sinkCa } = source({ ...broker, K_CA_CERTS: pem });
    assert.ok(sinkCa()!.endsWith(pem));
    assert.ok(count(sinkCa()) > 50);
    assert.equal(sinkCa(), sinkCa());
    const folder = mkdtempSync(join(tmpdir(), 'bundles-'));
    try {
      const { sinkCa: both } = source({ ...broker, K_CA_CERTS: pem, SINK_CA_FOLDER: folder }, (name) =>
        readFileSync(name, 'utf8'),
      );
      const before = count(both());
      writeFileSync(join(folder, 'bundle.pem'), `${pem}\n`);
      assert.equal(count(both()), before + 1, 'one that is mounted later counts, too');
    } finally {
      rmSync(folder, { recursive: true });
    }
    assert.equal(source(broker).sinkCa(), undefined);
    assert.equal(source({ K_SINK: 'http://broker.svc/', K_CA_CERTS: pem }).sinkCa(), undefined, 'no TLS');
    assert.match(faults(() => source({ ...broker, K_CA_CERTS: 'x' }))[0]!, /K_CA_CERTS: expected PEM certificates/);
  });

  it('is the token of /oidc/token, where and while it is there, as it is at each call', () => {
    const content: Record<string, string> = {};
    const { sinkToken } = source(broker, files(content));
    assert.equal(sinkToken(), undefined);
    content['/oidc/token'] = '';
    assert.equal(sinkToken(), undefined, 'not filled yet');
    assert.equal(source(broker, files(content)).sinkToken(), undefined);
    content['/oidc/token'] = 'first\n';
    assert.equal(sinkToken(), 'first');
    content['/oidc/token'] = 'second';
    assert.equal(sinkToken(), 'second');
    assert.equal(source({ ...broker, SINK_TOKEN_FILE: '/t' }, files({ ...content, '/t': 'own' })).sinkToken(), 'own');
    assert.equal(source({ ...broker, SINK_TOKEN: 'own' }, files(content)).sinkToken(), 'own');
    assert.equal(faults(() => source({ ...broker, SINK_TOKEN_FILE: '/none' }))[0]!.split(':')[0], '- SINK_TOKEN_FILE');
  });

  it('does not go over plain HTTP to another network', () => {
    const content = files({ '/oidc/token': 'mounted' });
    assert.equal(source({ K_SINK: 'http://broker.example.com/' }, content).sinkToken(), undefined);
    assert.equal(source({ K_SINK: 'http://broker.ns.svc.cluster.local/' }, content).sinkToken(), 'mounted');
    assert.match(
      faults(() => source({ K_SINK: 'http://broker.example.com/', SINK_TOKEN: 't' }))[0]!,
      /K_SINK: expected https:\/\/, because SINK_TOKEN goes there/,
    );
  });
});

describe('proxies', () => {
  it('are read in either case, lower first, with or without a scheme', () => {
    assert.equal(parse({ NO_PROXY: '*' }).proxies, undefined);
    assert.deepEqual(parse({ HTTPS_PROXY: 'http://a:1', https_proxy: 'b.corp:3128', no_proxy: 'x' }).proxies, {
      https: 'http://b.corp:3128',
      no: 'x',
    });
    assert.deepEqual(writer({ HTTP_PROXY: 'https://a', http_proxy: '' }).proxies, { http: 'https://a' });
    assert.equal(source({ HTTPS_PROXY: 'nonsense://' }).proxies, undefined, 'gitea-source calls the broker alone');
  });

  it('are never shown when they are wrong: they hold passwords', () => {
    for (const wrong of ['socks5://ada:s3cr3t@proxy:1080', 'http://ada:s3cr3t@', 'http://ada:s3cr3t@proxy:99999'])
      assert.deepEqual(
        faults(() => parse({ HTTPS_PROXY: wrong })),
        [
          '- HTTPS_PROXY: expected the address of a proxy, such as http://proxy.example:3128; came something else (not shown)',
        ],
      );
  });
});

describe('a file that goes bad', () => {
  it('is told of once each time, and its last good value stays', () => {
    const pem = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----';
    const content: Record<string, string> = { '/ca': pem };
    const told: string[] = [];
    const { parse: settings } = readSettings(
      { ...required.parse, GITEA_CA_FILE: '/ca' },
      'parse',
      (name) => content[name] ?? noFile(name),
      (...line) => told.push(line.join(': ')),
    );
    const became = (text: string | undefined) => {
      if (text === undefined) delete content['/ca'];
      else content['/ca'] = text;
      assert.equal(settings!.ca(), settings!.ca());
      return [settings!.ca(), ...told.splice(0)];
    };
    assert.deepEqual(became('half'), [
      pem,
      'GITEA_CA_FILE: expected /ca with PEM certificates (-----BEGIN CERTIFICATE-----)',
    ]);
    assert.deepEqual(became(undefined), [pem, 'GITEA_CA_FILE: /ca cannot be read']);
    assert.deepEqual(became(`${pem}\n${pem}`), [`${pem}\n${pem}`]);
    assert.deepEqual(became(undefined), [`${pem}\n${pem}`, 'GITEA_CA_FILE: /ca cannot be read']);
    assert.deepEqual(became(`${pem}\n${pem}`), [`${pem}\n${pem}`]);
  });
});

describe('the table of settings', () => {
  it('has a row for each, with file, default and whom it is for', () => {
    const lines = renderSettingsTable().split('\n');
    assert.equal(lines.filter((line) => line.startsWith('| `')).length, Object.keys(settings).length);
    assert.ok(lines.every((line) => line === '' || line.split('|').length === 6));
    assert.ok(renderSettingsTable().includes('| `PORT` | `8080` | all | '));
    assert.ok(renderSettingsTable().includes('| `GITEA_TOKEN`, `GITEA_TOKEN_FILE` |  | parse | '));
    assert.ok(renderSettingsTable().includes('| `GITEA_URL` | required | parse, commit-status | '));
  });
});
