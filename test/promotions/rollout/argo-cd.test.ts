import assert from 'node:assert/strict';
import { reasonOfArgoCd } from '../../../promotions/rollout/argo-cd.ts';

const place = {
  namespace: 'user1-prod',
  kind: 'InferenceService',
  name: 'jukebox',
  environment: 'prod',
  applications: ['juke'],
};
const application = (status: object, name = 'anything') => ({
  metadata: { name },
  spec: { destination: { namespace: 'user1-prod' } },
  status: { resources: [{ kind: 'InferenceService', name: 'jukebox', namespace: 'user1-prod' }], ...status },
});

describe('reason of Argo CD', () => {
  for (const [status, says] of [
    [
      { conditions: [{ type: 'ComparisonError', message: 'chart not found' }], sync: { status: 'Unknown' } },
      'Argo CD: chart not found',
    ],
    [
      { operationState: { phase: 'Failed', message: 'admission webhook denied' }, sync: { status: 'OutOfSync' } },
      'Argo CD could not apply it: admission webhook denied',
    ],
    [{ operationState: { phase: 'Running' }, sync: { status: 'OutOfSync' } }, 'Argo CD is applying it'],
    // As Argo CD 3.5.1 says it.
    [
      {
        operationState: {
          phase: 'Running',
          retryCount: 2,
          message:
            'one or more synchronization tasks completed unsuccessfully, reason: error when patching "/dev/shm/1699185612": InferenceService.serving.kserve.io "jukebox" is invalid: spec.predictor.model.modelFormat: Invalid value: "integer". Retrying attempt #3 at 5:34PM.',
        },
        sync: { status: 'OutOfSync' },
      },
      'Argo CD could not apply it, and tries again: InferenceService.serving.kserve.io "jukebox" is invalid: spec.predictor.model.modelFormat: Invalid value: "integer". Retrying attempt #3 at 5:34PM.',
    ],
    [{ sync: { status: 'OutOfSync' } }, 'Argo CD has seen it and has not applied it (OutOfSync)'],
    [
      { conditions: [{ type: 'SharedResourceWarning', message: 'x' }], sync: { status: 'Synced' } },
      'Argo CD has not seen it yet (Synced with an earlier commit)',
    ],
    [{ sync: { status: 'Unknown' } }, undefined],
    [{}, undefined],
  ] as const)
    it(`${says}`, () => {
      assert.equal(reasonOfArgoCd([application(status)], place), says);
    });

  it('is that of the Application which lists the InferenceService, else of the one named after the application', () => {
    const of = (message: string) => ({ conditions: [{ type: 'SyncError', message }] });
    const named = { ...application({ ...of('named'), resources: [] }, 'juke-prod') };
    const lists = application(of('lists'));
    assert.equal(reasonOfArgoCd([named, lists], place), 'Argo CD: lists');
    assert.equal(reasonOfArgoCd([named], place), 'Argo CD: named');
    const elsewhere = { ...named, spec: { destination: { namespace: 'user2-prod' } } };
    assert.equal(reasonOfArgoCd([elsewhere], place), undefined);
    const other = application({ ...of('x'), resources: [{ ...lists.status.resources[0]!, namespace: 'user2-prod' }] });
    assert.equal(reasonOfArgoCd([other], place), undefined);
    assert.equal(reasonOfArgoCd([], place), undefined);
  });
});
