// Loses webhooks: in the stand-in they vanish on their way, on a real Gitea the hook is switched off.
import { callJson } from '../stand-ins/json-call.ts';
import type { System } from './system.ts';

/** From now on, until the returned function is called. */
export async function loseWebhooks(gitea: System['gitea']): Promise<() => Promise<void>> {
  const { standIn, repository, hookId } = gitea;
  if (standIn) {
    standIn.setDeliveryRule(() => 'drop');
    return async () => standIn.setDeliveryRule(() => 'send');
  }
  const set = (active: boolean) => callJson(gitea, 'PATCH', `/repos/${repository}/hooks/${hookId}`, { active });
  await set(false);
  return async () => {
    await set(true);
  };
}
