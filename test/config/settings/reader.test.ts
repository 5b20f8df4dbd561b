import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSettings } from '../../../functions/settings.ts';
import { type Env, errorsOf, files, parse, required, source, writer } from './read.ts';

const pem = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----';

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
    const { token } = parse({ GITEA_TOKEN_FILE: path }, readFile).parse;
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
    const { secrets } = source(env, readFile).giteaSource;
    assert.deepEqual(secrets(), ['the older secret', 'the newer secret']);
    writeFileSync(path, 'the newer secret\n');
    assert.deepEqual(secrets(), ['the newer secret']);
  });

  it('keep their last good value when they are emptied, and warn once', () => {
    for (const empty of ['', '\n', ' \n']) {
      writeFileSync(path, 'a key of sixteen');
      const warned: string[] = [];
      const env = { GITEA_WEBHOOK_SECRET: 'a webhook secret', EVENT_SIGNING_KEY_FILE: path };
      const { eventSigningKey } = readSettings(
        env,
        'gitea-source',
        readFile,
        (...what) => void warned.push(what.join(': ')),
      );
      writeFileSync(path, empty);
      assert.deepEqual([eventSigningKey(), eventSigningKey()], ['a key of sixteen', 'a key of sixteen']);
      assert.deepEqual(warned, [`EVENT_SIGNING_KEY_FILE: expected ${path} with text in it`]);
    }
  });

  it('are refused when the file is empty, which would switch something off', () => {
    for (const [name, read] of [
      ['EVENT_SIGNING_KEY_FILE', source],
      [
        'GITEA_WEBHOOK_SECRET_FILE',
        (env: Env, from: typeof readFile) => source({ GITEA_WEBHOOK_SECRET: '', ...env }, from),
      ],
      ['EVENT_SIGNING_KEY_FILE', writer],
      ['GITEA_TOKEN_FILE', parse],
      ['MODEL_REGISTRY_TOKEN_FILE', writer],
    ] as const) {
      for (const empty of ['', '\n', ' \n']) {
        writeFileSync(path, empty);
        const [line, ...more] = errorsOf(() => read({ [name]: path }, readFile));
        assert.deepEqual([line, more], [`- ${name}: expected a file with text in it; came ${path}`, []]);
      }
    }
  });

  it('are refused when too short to sign with; a later one that is too short is ignored, with one warning', () => {
    const warned: string[] = [];
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
          (...what) => void warned.push(what.join(': ')),
        );
      writeFileSync(path, 'hidden\n');
      assert.deepEqual(errorsOf(read), [`- ${name}: expected a file with ${expected}; came ${path} with 6 characters`]);
      writeFileSync(path, 'a secret of some length\n');
      const settings = read();
      const values = () => [settings.giteaSource.secrets(), settings.eventSigningKey()].flat();
      const good = values();
      assert.ok(good.includes('a secret of some length'));
      writeFileSync(path, 'hidden\n');
      assert.deepEqual([values(), values()], [good, good]);
      assert.deepEqual(warned.splice(0), [`${name}: expected ${path} with ${expected}, came 6 characters`]);
      writeFileSync(path, 'the next one is long enough');
      assert.notDeepEqual(values(), good);
    }
  });

  it('cannot be changed by their caller', () => {
    const { secrets } = source({}).giteaSource;
    secrets().push('mine');
    assert.deepEqual(secrets(), ['s3cret of a webhook']);
  });

  it('are refused when the file cannot be read, or holds no such thing', () => {
    const read = () => parse({ GITEA_TOKEN_FILE: path }, readFile);
    assert.deepEqual(errorsOf(read), [`- GITEA_TOKEN_FILE: expected a file that can be read; came ${path}`]);
    writeFileSync(path, 'hidden words');
    assert.deepEqual(errorsOf(read), [
      `- GITEA_TOKEN_FILE: expected a file with printable ASCII without spaces; came ${path}`,
    ]);
  });

  it('are refused beside the same secret in a variable', () => {
    writeFileSync(path, 'x');
    assert.deepEqual(
      errorsOf(() => parse({ GITEA_TOKEN: 'y', GITEA_TOKEN_FILE: path }, readFile)),
      ['- GITEA_TOKEN: expected only one of GITEA_TOKEN and GITEA_TOKEN_FILE; came both'],
    );
  });
});

describe('what a cluster mounts', () => {
  const mount = '/var/run/secrets/kubernetes.io/serviceaccount';

  it("gives registry-writer the pod's token, as it is at each call", () => {
    const content: Record<string, string> = { [`${mount}/token`]: 'pod-token\n' };
    const { token } = writer({}, files(content)).registryWriter;
    assert.equal(token(), 'pod-token');
    content[`${mount}/token`] = 'next';
    assert.equal(token(), 'next');
  });

  it('does not replace a token that was given', () => {
    const content = files({ [`${mount}/token`]: 'pod-token', '/t': 'own' });
    assert.equal(writer({ MODEL_REGISTRY_TOKEN: 'mine' }, content).registryWriter.token(), 'mine');
    assert.equal(writer({ MODEL_REGISTRY_TOKEN_FILE: '/t' }, content).registryWriter.token(), 'own');
  });

  it('does not send the token over plain HTTP to another network', () => {
    const content = files({ [`${mount}/token`]: 'pod-token' });
    const token = (env: Env) => writer(env, content).registryWriter.token();
    assert.equal(token({ MODEL_REGISTRY_URL: 'http://registry.example.com' }), undefined);
    assert.equal(token({ MODEL_REGISTRY_URL: 'http://registry.ns.svc' }), 'pod-token');
    assert.equal(token({ MODEL_REGISTRY_URL: 'http://registry.example.com', ALLOW_HTTP: 'true' }), 'pod-token');
  });

  it("adds the cluster's certificates to the system's", () => {
    const ca = writer({}, files({ [`${mount}/service-ca.crt`]: pem })).registryWriter.ca() ?? '';
    assert.ok(ca.endsWith(pem));
    assert.ok(ca.split('BEGIN CERTIFICATE').length > 50);
    assert.equal(writer({}).registryWriter.ca(), undefined);
  });

  it('does not count beside the certificates of a file, which are read at each call', () => {
    const content: Record<string, string> = { '/ca': `${pem}\n`, [`${mount}/ca.crt`]: 'other' };
    const { ca } = writer({ MODEL_REGISTRY_CA_FILE: '/ca' }, files(content)).registryWriter;
    assert.equal(ca(), pem);
    content['/ca'] = 'half a fi';
    assert.equal(ca(), pem);
    content['/ca'] = `${pem}\n${pem}`;
    assert.equal(ca(), `${pem}\n${pem}`);
    assert.equal(parse({ GITEA_CA_FILE: '/ca' }, files(content)).parse.ca(), `${pem}\n${pem}`);
  });

  it('refuses a file without certificates', () => {
    assert.deepEqual(
      errorsOf(() => parse({ GITEA_CA_FILE: '/ca' }, files({ '/ca': 'key' }))),
      ['- GITEA_CA_FILE: expected a file with PEM certificates (-----BEGIN CERTIFICATE-----); came /ca'],
    );
    assert.equal(errorsOf(() => parse({ GITEA_CA_FILE: '/none' })).length, 1);
  });
});

describe('what SinkBinding sets and mounts', () => {
  const broker = { K_SINK: 'https://broker-ingress.knative-eventing.svc/a/b' };

  it('is trusted in addition to the system: K_CA_CERTS, and the trust bundles of the folder', () => {
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
    assert.match(errorsOf(() => source({ ...broker, K_CA_CERTS: 'x' }))[0]!, /K_CA_CERTS: expected PEM certificates/);
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
    assert.equal(
      errorsOf(() => source({ ...broker, SINK_TOKEN_FILE: '/none' }))[0]!.split(':')[0],
      '- SINK_TOKEN_FILE',
    );
  });

  it('does not go over plain HTTP to another network', () => {
    const content = files({ '/oidc/token': 'mounted' });
    assert.equal(source({ K_SINK: 'http://broker.example.com/' }, content).sinkToken(), undefined);
    assert.equal(source({ K_SINK: 'http://broker.ns.svc.cluster.local/' }, content).sinkToken(), 'mounted');
    assert.match(
      errorsOf(() => source({ K_SINK: 'http://broker.example.com/', SINK_TOKEN: 't' }))[0]!,
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
        errorsOf(() => parse({ HTTPS_PROXY: wrong })),
        [
          '- HTTPS_PROXY: expected the address of a proxy, such as http://proxy.example:3128; came something else (not shown)',
        ],
      );
  });
});

describe('a file that becomes unusable', () => {
  it('leads to one warning each time, and its last good value stays', () => {
    const content: Record<string, string> = { '/ca': pem };
    const warned: string[] = [];
    const { parse: settings } = readSettings(
      { ...required.parse, GITEA_CA_FILE: '/ca' },
      'parse',
      files(content),
      (...line) => warned.push(line.join(': ')),
    );
    const became = (text: string | undefined) => {
      if (text === undefined) delete content['/ca'];
      else content['/ca'] = text;
      assert.equal(settings.ca(), settings.ca());
      return [settings.ca(), ...warned.splice(0)];
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
