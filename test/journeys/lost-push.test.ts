// A merge comes as a closed pull request and as a push. Through real functions as processes: either is enough, and both do no more.
import assert from 'node:assert/strict';
import { promote } from '../../local/promote.ts';
import { type System, startSystem } from '../../local/system.ts';
import { callJson } from '../../stand-ins/json-call.ts';

describe('a merge', () => {
  let system: System;
  beforeEach(async () => {
    system = await startSystem();
  });
  afterEach(() => system?.close());

  const gitea = 'dev.knative.source.gitea.';
  /** Merges a request that promotes 1.1.0, and says what the broker was given about it, after all is quiet. */
  async function merged(lost: readonly string[]): Promise<string[]> {
    const { gitea, model, broker } = system;
    gitea.standIn!.setDeliveryRule(({ eventType }) => (lost.includes(eventType) ? 'drop' : 'send'));
    const number = await promote(gitea, gitea.repository, model, '1.1.0');
    await system.idle();
    const { merge_commit_sha: commit } = await callJson<{ merge_commit_sha: string }>(
      gitea,
      'GET',
      `/repos/${gitea.repository}/pulls/${number}`,
    );
    const about = broker.history.map(({ event }) => [event.attributes.type!, event.data.toString()] as const);
    return about.filter(([, data]) => data.includes(commit)).map(([type]) => type);
  }

  function labelled(): string[] {
    return Object.entries(system.registry.kubeflow!.labels()[system.model]!)
      .filter(([, labels]) => labels.includes('prod'))
      .map(([version]) => version);
  }

  const written = ['dev.mlops.model.promoted.v1', 'dev.mlops.registry.updated.v1'];
  for (const [what, lost, came] of [
    ['whose push is lost', ['push'], [`${gitea}pull_request`]],
    ['whose pull request is lost', ['pull_request'], [`${gitea}push`]],
    ['of which both come', [], [`${gitea}pull_request`, `${gitea}push`]],
  ] as const)
    it(`${what} moves the label without a reconcile, by one promotion, and is told of once`, async () => {
      const types = await merged(lost);
      assert.deepEqual(labelled(), ['1.1.0']);
      assert.deepEqual([...types].sort(), [...came, ...written].sort());
    });
});
