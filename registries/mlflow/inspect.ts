// What `doctor` asks of MLflow. Changes nothing: the one write that is sent removes a tag that no model has, or is to a model that cannot
// exist.
import { TryAgainError } from '../../events/errors.ts';
import type { Inspection } from '../registry.ts';
import type { Client } from './client.ts';
import { readEmpty, readModel, readPage } from './wire.ts';

const noModel = 'post-deployment-doctor no such model';
const noTag = 'post-deployment-doctor.no-such-tag';

export function createInspection(client: Client): Inspection {
  return {
    async remarks() {
      const version = await client.version();
      const isIgnored = client.workspace !== undefined && !(await client.hasWorkspaces());
      return [
        version === undefined
          ? { level: 'note', text: 'It does not say its version.' }
          : { level: 'ok', text: `It is MLflow ${version}.` },
        {
          level: 'ok',
          text: 'It keeps the source of a version as it was registered: ARTIFACT_ENVIRONMENT changes nothing.',
        },
        ...(isIgnored
          ? [{ level: 'note' as const, text: 'It has no workspaces: MLFLOW_WORKSPACE changes nothing.' }]
          : []),
      ];
    },

    // Rights may be given by model, so a real one is asked about where there is any.
    async mayWrite() {
      try {
        const query = { max_results: 1 };
        const read = (json: unknown) => readPage(json, 'registered_models', readModel);
        const [model] = (await client.ask({ route: '/registered-models/search', query }, read)).items;
        if (model !== undefined) {
          const none = { name: model.name, key: noTag };
          await client.write({ method: 'DELETE', route: '/registered-models/delete-tag', body: none });
          return { allowed: true };
        }
        const body = { name: noModel, key: noTag, value: '' };
        const found = await client.find({ method: 'POST', route: '/registered-models/set-tag', body }, readEmpty);
        if (found === undefined) return { allowed: true };
        throw new TryAgainError('MLflow answered a write to a model that is not there as if it were');
      } catch (error) {
        if (!(error instanceof TryAgainError)) throw error;
        return { allowed: false, reason: error.message };
      }
    },
  };
}
