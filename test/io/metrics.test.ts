import assert from 'node:assert/strict';
import fc from 'fast-check';
import { createMetrics } from '../../io/metrics.ts';

describe('metrics', () => {
  it('counts by labels, whatever their order', () => {
    const metrics = createMetrics();
    const events = metrics.counter('events_total', 'Events.');
    events.add({ type: 'a', outcome: 'done' });
    events.add({ outcome: 'done', type: 'a' }, 2);
    events.add({});
    assert.equal(
      metrics.text(),
      '# HELP events_total Events.\n# TYPE events_total counter\nevents_total{outcome="done",type="a"} 3\nevents_total 1\n',
    );
  });

  it('lets a counter only grow', () => {
    const metrics = createMetrics();
    const counter = metrics.counter('c', 'h');
    for (const value of [1, -1, Number.NaN]) counter.add({}, value);
    assert.match(metrics.text(), /^c 1$/m);
  });

  it('reads a gauge for each set of labels, and puts a prefix before all but what tells of the process', () => {
    const metrics = createMetrics('app_');
    metrics.gauge('last_seconds', 'Last.', () => [
      { labels: { environment: 'prod' }, value: 1.5 },
      { labels: { environment: 'test' }, value: 2 },
    ]);
    metrics.gauge('process_start_time_seconds', 'Start.', () => 3);
    metrics.gauge('none', 'None.', () => []);
    metrics.counter('events_total', 'Events.').add({});
    assert.deepEqual(
      metrics
        .text()
        .split('\n')
        .filter((line) => !line.startsWith('#')),
      [
        'app_last_seconds{environment="prod"} 1.5',
        'app_last_seconds{environment="test"} 2',
        'process_start_time_seconds 3',
        'app_events_total 1',
        '',
      ],
    );
  });

  it('puts seconds into cumulative buckets with sum and count', () => {
    const metrics = createMetrics();
    const seconds = metrics.histogram('s', 'h');
    for (const value of [0.005, 0.2, 1e6]) seconds.observe({ f: 'x' }, value);
    const lines = metrics.text().split('\n');
    for (const line of [
      's_bucket{f="x",le="0.005"} 1',
      's_bucket{f="x",le="0.1"} 1',
      's_bucket{f="x",le="0.25"} 2',
      's_bucket{f="x",le="900"} 2',
      's_bucket{f="x",le="+Inf"} 3',
      's_sum{f="x"} 1000000.205',
      's_count{f="x"} 3',
    ])
      assert.ok(lines.includes(line), line);
  });

  it('asks for a gauge when the page is read, and leaves out one that cannot say', () => {
    const metrics = createMetrics();
    let pending: number | undefined = 1;
    metrics.gauge('pending', 'h', () => pending);
    metrics.gauge('broken', 'h', () => {
      throw new Error('no');
    });
    assert.match(metrics.text(), /^pending 1$/m);
    assert.doesNotMatch(metrics.text(), /broken/);
    pending = undefined;
    assert.equal(metrics.text(), '');
  });

  it('reads a gauge of several for all their sets of labels, and each set of the first that has it', () => {
    const metrics = createMetrics();
    metrics.gauge('seen', 'Seen.', () => [{ labels: { registry: 'a' }, value: 1 }]);
    metrics.gauge('seen', 'Seen.', () => [
      { labels: { registry: 'a' }, value: 2 },
      { labels: { registry: 'b' }, value: 3 },
    ]);
    const lines = metrics.text().split('\n');
    assert.deepEqual(lines.slice(2, -1), ['seen{registry="a"} 1', 'seen{registry="b"} 3']);
  });

  it('gives the same metric for the same name, and refuses another kind under it', () => {
    const metrics = createMetrics();
    metrics.counter('c', 'h').add({});
    metrics.counter('c', 'other help').add({});
    assert.match(metrics.text(), /^c 2$/m);
    assert.throws(() => metrics.histogram('c', 'h'), /counter already/);
    assert.throws(() => metrics.counter('not-a-name', 'h'), /Not a metric name/);
  });

  it('keeps any label text within its quotes and lines', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const metrics = createMetrics();
        metrics.counter('c', 'h').add({ label: text });
        const [, , line] = metrics.text().split('\n');
        const quoted = /^c\{label="((?:[^"\\]|\\[\\"n])*)"\} 1$/s.exec(line!)?.[1];
        assert.ok(quoted !== undefined, line);
        assert.equal(
          quoted.replace(/\\(.)/g, (_all, c: string) => (c === 'n' ? '\n' : c)),
          text,
        );
      }),
    );
  });

  it('holds a bounded number of label sets', () => {
    const metrics = createMetrics();
    const counter = metrics.counter('c', 'h');
    for (let i = 0; i < 5_000; i += 1) counter.add({ id: String(i) });
    assert.ok(metrics.text().split('\n').length < 1_100);
    assert.match(metrics.text(), /^c\{overflow="true"\} 4000$/m);
  });
});
