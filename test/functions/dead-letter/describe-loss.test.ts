import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { CloudEvent } from 'cloudevents';
import fc from 'fast-check';
import * as deliveryLost from '../../../events/delivery-lost.ts';
import { describeLoss } from '../../../functions/dead-letter/describe-loss.ts';
import { refusal } from '../../../host/refusal.ts';

const sink = 'http://broker-ingress.knative-eventing.svc.cluster.local/mlops/default';
const writer = 'http://registry-writer.mlops.svc.cluster.local/';
const head = '3f2b8c1d9e4a7065b1c2d3e4f5a697887766554f';

const sample = (type: string) =>
  JSON.parse(readFileSync(new URL(`../../../events/samples/${type}.json`, import.meta.url), 'utf8')) as object;
const base64 = (text: string) => Buffer.from(text).toString('base64');
const told = (status: number, message: string) => base64(refusal(status, message).body);

function letter(type: string, said: Record<string, unknown> = {}, data: unknown = undefined): CloudEvent<unknown> {
  const source = 'https://gitea.example.com/mlops/mlops-gitops';
  return new CloudEvent<unknown>({ id: 'e1', type, source, subject: 'prod/lamp', ...said, data }, false);
}
const lostAt = '2026-01-02T03:04:05.000Z';
const lossIn = (event: CloudEvent<unknown>) => describeLoss(event, { sink, furtherRegistries: [] }, lostAt).loss;
const why = (said: Record<string, unknown>, type = 'dev.mlops.model.promoted.v1') => lossIn(letter(type, said));

describe('report of a loss', () => {
  it('says what was lost by its attributes', () => {
    const { event } = why({});
    const source = 'https://gitea.example.com/mlops/mlops-gitops';
    assert.deepEqual(event, { id: 'e1', type: 'dev.mlops.model.promoted.v1', source, subject: 'prod/lamp' });
  });

  describe('says why', () => {
    const rows: [name: string, said: Record<string, unknown>, reason: RegExp, remedy: RegExp][] = [
      [
        'in the words of our function',
        {
          knativeerrordest: writer,
          knativeerrorcode: '503',
          knativeerrordata: told(503, 'GET /registered_model: status 502'),
        },
        /^registry-writer\.mlops\.svc\.cluster\.local answered 503 \(unavailable\): GET \/registered_model: status 502$/,
        /nothing to do: the next reconcile/,
      ],
      [
        'that it will never be taken',
        { knativeerrordest: writer, knativeerrorcode: '422', knativeerrordata: told(422, 'Expected an environment.') },
        /answered 422 \(unprocessable\): Expected an environment\./,
        /never be taken\. Correct what the log of dead-letter names/,
      ],
      [
        'that a signature is wrong',
        { knativeerrordest: writer, knativeerrorcode: '401', knativeerrordata: told(401, 'Expected a good signature') },
        /answered 401 \(unauthorized\)/,
        /EVENT_SIGNING_KEY/,
      ],
      [
        'that a login was asked for by somebody else',
        { knativeerrordest: writer, knativeerrorcode: '401', knativeerrordata: base64('<html>login</html>') },
        /answered 401$/,
        /wants a login/,
      ],
      ['that it is too large', { knativeerrordest: writer, knativeerrorcode: '413' }, /answered 413$/, /too large/],
      [
        'that a function failed',
        { knativeerrordest: writer, knativeerrorcode: '500' },
        /answered 500$/,
        /error in the/,
      ],
      [
        'that another one answered',
        { knativeerrordest: writer, knativeerrorcode: '404', knativeerrordata: base64('404 page not found') },
        /answered 404$/,
        /address of the Trigger/,
      ],
      [
        'that nobody listened, as Go says it',
        {
          knativeerrordest: writer,
          knativeerrorcode: '500',
          knativeerrordata: base64(
            'dispatch error: Post "http://u:hidden@x/": dial tcp 127.0.0.1:9: connect: connection refused',
          ),
        },
        /could not be reached: nobody listens there$/,
        /nothing to do/,
      ],
      [
        'that no usable answer came: nothing is said',
        {},
        /^the receiver gave no answer the broker could use/,
        /nothing to do/,
      ],
      [
        'that no usable answer came: Kafka says to whom',
        { knativeerrordest: writer },
        /^registry-writer\.mlops\.svc\.cluster\.local gave no answer/,
        /nothing to do/,
      ],
      [
        'that only a reply was lost',
        { knativeerrordest: sink, knativeerrorcode: '500', knativeerrordata: base64('dispatch error: Client.Timeout') },
        /^the broker did not take the reply of a function: 500$/,
        /The registry was written/,
      ],
      [
        'that only what serves was not observed',
        { knativeerrordest: 'http://mlops-rollout-observer.mlops.svc.cluster.local', knativeerrorcode: '503' },
        /^mlops-rollout-observer\.mlops\.svc\.cluster\.local answered 503$/,
        /^Only what serves was not observed; the next reconcile observes it/,
      ],
      [
        'that only people were not told',
        { knativeerrordest: 'http://mlops-notify.mlops.svc.cluster.local', knativeerrorcode: '503' },
        /^mlops-notify\.mlops\.svc\.cluster\.local answered 503$/,
        /^Only people in channels were not told\./,
      ],
      [
        'in one process: which function',
        { knativeerrordest: 'parse', knativeerrorcode: '503' },
        /^parse answered 503$/,
        /nothing to do/,
      ],
    ];
    for (const [name, said, reason, remedy] of rows) {
      it(name, () => {
        const { loss, reason: inFull } = describeLoss(
          letter('dev.mlops.model.promoted.v1', said),
          { sink, furtherRegistries: [] },
          lostAt,
        );
        assert.match(inFull, reason);
        assert.match(loss.remedy, remedy);
      });
    }

    it('and that no label depends on reports or on events of others', () => {
      assert.match(why({}, 'dev.mlops.registry.updated.v1').remedy, /in sync/);
      assert.match(why({}, 'com.example.other').remedy, /No label depends/);
    });

    it('of a reconcile whose result did not get through', () => {
      const said = { knativeerrordest: sink, knativeerrorcode: '500' };
      assert.match(why(said, 'dev.mlops.environment.observed.v1').remedy, /was compared/);
    });
  });

  describe('names repository and commits', () => {
    const repositoryOf = (type: string) => (sample(type) as { repository: string }).repository;

    it('of a push: by its payload, not by an attribute that no signature covers', () => {
      const payload = { after: head };
      for (const data of [payload, Buffer.from(JSON.stringify(payload)), JSON.stringify(payload)]) {
        const { repository, commits } = lossIn(
          letter('dev.knative.source.gitea.push', { after: 'a'.repeat(40) }, data),
        );
        assert.deepEqual([repository, commits], ['https://gitea.example.com/mlops/mlops-gitops', [head]]);
      }
    });

    for (const type of [
      'dev.mlops.model.promoted.v1',
      'dev.mlops.model.withdrawn.v1',
      'dev.mlops.environment.observed.v1',
      'dev.mlops.registry.drifted.v1',
      'dev.mlops.registry.updated.v1',
    ]) {
      it(`of ${type}, from an object or from bytes`, () => {
        const data = sample(type);
        for (const given of [data, Buffer.from(JSON.stringify(data))]) {
          const { repository, commits } = lossIn(letter(type, {}, given));
          assert.equal(repository, repositoryOf(type));
          assert.ok(commits!.length > 0 && commits!.every((commit) => JSON.stringify(data).includes(commit)));
        }
      });
    }

    it('no more than twenty of thousands: whoever posts an event would have them all in the log', () => {
      const commits = Array.from({ length: 20_000 }, (_, i) => `${head.slice(0, 30)}${String(i).padStart(10, '0')}`);
      const type = 'dev.mlops.registry.updated.v1';
      const found = lossIn(letter(type, {}, { ...(sample(type) as object), commits }));
      assert.deepEqual(found.commits, commits.slice(0, 20));
    });

    it('not where they make no sense, or the data is none', () => {
      for (const data of [
        undefined,
        Buffer.from('{"cut'),
        Buffer.alloc(2 * 1024 * 1024, ' '),
        { repository: 'x' },
        5,
      ]) {
        const { repository, commits } = lossIn(letter('dev.mlops.model.promoted.v1', {}, data));
        assert.deepEqual([repository, commits], [undefined, undefined]);
      }
      const deleted = letter('dev.knative.source.gitea.push', { source: 'urn:x' }, { after: '0'.repeat(40) });
      assert.deepEqual(Object.keys(lossIn(deleted)), ['event', 'failure', 'reason', 'remedy', 'lostAt']);
    });
  });

  it('quotes no foreign text, and is always a valid report', () => {
    const secret = 'S3CRET';
    const body = fc.oneof(
      fc.string().map((text) => `${text}${secret}`),
      fc.constant(`dispatch error: Post "http://user:${secret}@host/": EOF`),
      fc.constant(JSON.stringify({ error: 'unavailable', message: 'x', more: secret })),
      fc.constant(JSON.stringify({ error: secret, message: 'x' })),
      fc.constant(JSON.stringify({ error: 'unavailable', message: `${secret}${'x'.repeat(600)}` })),
    );
    const dest = fc.constantFrom(undefined, '', secret, `http://user:${secret}@host/${secret}?${secret}`, 'no url');
    const type = fc.constantFrom('dev.mlops.model.promoted.v1', 'dev.knative.sources.ping', 'other');
    fc.assert(
      fc.property(type, fc.anything(), dest, body, fc.anything(), (type, code, knativeerrordest, text, data) => {
        const said = { knativeerrordest, knativeerrorcode: code, knativeerrordata: base64(text) };
        const found = describeLoss(letter(type, said, data), { sink, furtherRegistries: [] }, lostAt);
        assert.doesNotMatch(JSON.stringify(found), new RegExp(secret));
        assert.deepEqual(deliveryLost.read(deliveryLost.make(found.loss, {})), found.loss);
      }),
    );
  });

  it('says of a failure one of a few things, whatever somebody writes into a dead letter', () => {
    const words = 'Please sign in at https://evil.example/';
    const body = fc.constantFrom('', words, `dispatch error: ${words}`, refusal(503, words).body, '[x](y)');
    const dest = fc.constantFrom(
      '',
      words,
      'http://evil.example/',
      'http://x-registry-writer.evil.example/',
      writer,
      sink,
    );
    const code = fc.oneof(fc.constantFrom(words, '', '-1', '99', '600', '1e9'), fc.integer().map(String));
    const said = new Set<string>();
    fc.assert(
      fc.property(dest, body, code, (knativeerrordest, text, knativeerrorcode) => {
        const { failure, reason, remedy } = why({ knativeerrordest, knativeerrorcode, knativeerrordata: base64(text) });
        assert.doesNotMatch(`${reason} ${remedy}`, /evil|sign in|:\/\/|[[\]<]/);
        const { code: _, ...kind } = failure;
        said.add(`${JSON.stringify(kind)} ${reason.replace(/\d{3}/, '…')}`);
      }),
      { numRuns: 1_000 },
    );
    assert.ok(said.size <= 10, [...said].join('\n'));
  });

  it('names the function that failed by the name it is installed under', () => {
    const receiver = (host: string) => why({ knativeerrordest: `http://${host}/`, knativeerrorcode: '503' }).failure;
    assert.deepEqual(receiver('pipeline-registry-writer.mlops.svc.cluster.local').receiver, 'registry-writer');
    assert.deepEqual(receiver('parse:8080').receiver, 'parse');
    assert.deepEqual(receiver('reparse.mlops').receiver, undefined);
  });

  it('says of which registry a writer failed, where there are several', () => {
    const place = { sink, furtherRegistries: ['new', 'parse'] };
    const lost = (dest: string, type = 'dev.mlops.model.promoted.v1', data?: unknown) =>
      describeLoss(letter(type, { knativeerrordest: dest, knativeerrorcode: '503' }, data), place, lostAt).loss;
    const told = (dest: string) => [lost(dest).failure.receiver, lost(dest).registryName, lost(dest).reason];
    const writes = 'registry-writer';
    assert.deepEqual(told('http://x-registry-writer-new.mlops.svc.cluster.local/'), [
      writes,
      'new',
      'registry-writer-new answered 503',
    ]);
    // In one process the receiver is the name alone.
    assert.deepEqual(told('registry-writer-parse'), [writes, 'parse', 'registry-writer-parse answered 503']);
    assert.deepEqual(told(writer), [writes, undefined, 'registry-writer answered 503']);
    assert.deepEqual(told('http://x-parse.mlops/').slice(0, 2), ['parse', undefined]);
    assert.deepEqual(told('http://registry-writer-other.mlops/').slice(0, 2), [undefined, undefined]);
    const answer = { ...sample('dev.mlops.registry.updated.v1'), registryName: 'new' };
    assert.equal(lost('http://commit-status.mlops/', 'dev.mlops.registry.updated.v1', answer).registryName, 'new');
    const [first, second] = [lost(writer), lost('registry-writer-new')].map((loss) => deliveryLost.make(loss, {}));
    assert.notEqual(first!.id, second!.id);
  });
});
