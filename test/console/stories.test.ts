// What the page makes of happenings and rows, where no browser is needed: what was lost and what has made up for it, and the verdict.
import assert from 'node:assert/strict';
// @ts-expect-error: a file of the page, as the browser gets it.
import { createStories } from '../../console/page/stories.js';
// @ts-expect-error
import { verdictOf } from '../../console/page/verdict.js';

describe('stories of the console', () => {
  let stories: ReturnType<typeof createStories>;
  let seq: number;
  beforeEach(() => {
    stories = createStories();
    seq = 0;
  });

  /** An event for one subscriber; what became of it: `dead`, or it was taken. */
  function event(trace: string, type: string, subject: string, to: string, isDead: boolean) {
    const about = { id: `of ${trace}`, type, subject, trace };
    const add = (kind: string, more: object) => {
      seq += 1;
      return stories.add({ seq, at: seq, kind, ...about, ...more });
    };
    add('event', { from: 'parse', to: [to] });
    add('attempt', {
      trigger: to,
      to: 'subscriber',
      number: 1,
      ms: 1,
      ...(isDead ? { failure: 'refused' } : { status: 202 }),
    });
    return isDead ? add('dead-letter', { trigger: to, fate: 'delivered' }) : stories.list()[0];
  }

  it('lose nothing with an event that was only to start a function early', () => {
    const story = event('a', 'dev.knative.source.gitea.pull_request', '3', 'registry-writer-wake', true);
    assert.deepEqual([[...story.losses], story.hops[0].state], [[], 'good']);
  });

  it('lose what an event was about, until it is seen again', () => {
    const observed = 'dev.mlops.environment.observed.v1';
    const label = event('a', 'dev.mlops.model.promoted.v1', 'prod/karaoke', 'registry-writer', true);
    const cluster = event('b', observed, 'prod', 'rollout-observer', true);
    assert.deepEqual([[...label.losses], [...cluster.losses]], [['prod/karaoke'], ['what serves of prod']]);
    const writer = event('c', observed, 'prod', 'registry-writer', false);
    assert.deepEqual([label.losses.size, label.healedBy, cluster.losses.size], [0, writer, 1]);
    const observer = event('d', observed, 'prod', 'rollout-observer', false);
    assert.deepEqual([cluster.losses.size, cluster.healedBy], [0, observer]);
  });
});

describe('the verdict of the console', () => {
  const row = { environment: 'prod', model: 'karaoke', state: 'differs' };
  const of = (rows: object[], away = {}) => verdictOf({ overview: { value: { rows, remarks: [] } } }, away);

  it('counts a model of several registries once, and names them', () => {
    const { text, more } = of([row, { ...row, registryName: 'mlflow' }]);
    assert.deepEqual([text, more], ['One model differs', 'karaoke (prod), karaoke (prod, mlflow)']);
    assert.equal(of([row, { ...row, model: 'jukebox' }]).text, '2 models differ');
  });

  it('says who does not answer, before that all is in sync', () => {
    const rows = [{ ...row, state: 'in sync' }];
    assert.equal(of(rows).text, 'In sync with Git');
    assert.match(of(rows, { isClusterDown: true }).more, /the cluster does not answer/);
    assert.equal(of(rows, { isAway: true }).text, 'The console does not answer');
  });
});
