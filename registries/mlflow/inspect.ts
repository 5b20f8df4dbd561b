// What `doctor` asks of MLflow. Changes nothing: the one write that is sent is to a model that cannot exist.
import { TryAgainError } from '../../events/errors.ts';
import type { Inspection } from '../registry.ts';
import type { Client } from './client.ts';
import { readEmpty } from './wire.ts';

const noModel = 'post-deployment-doctor no such model';

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

    async mayWrite() {
      const body = { name: noModel, key: 'prod', value: '' };
      try {
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
