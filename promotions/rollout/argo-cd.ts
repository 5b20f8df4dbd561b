// Why Argo CD has not applied what Git says: a reason for people, never a proof. Its Applications keep the state of their last
// comparison, which may be of another commit. Pure.
import { array, count, type Json, object, statusOf, text } from './workload.ts';

/** What Argo CD 3.5 puts before the answer of the API server, with the name of a file of its own. */
const padding = /^one or more [^:]{1,100}, reason: |error when \w+ "[^"]{1,200}": /g;

/**
 * Undefined where no Application, or none that says more, is found. It is the one that lists the object, else the one that
 * is named after the application (`jukebox-prod`, `jukebox`) and deploys to the namespace.
 */
export function reasonOfArgoCd(
  applications: readonly Json[],
  place: { namespace: string; kind: string; name: string; environment: string; applications: readonly string[] },
): string | undefined {
  const found = applications.find((one) => lists(one, place)) ?? applications.find((one) => isNamedAfter(one, place));
  if (found === undefined) return undefined;
  const { conditions, operationState, sync } = statusOf(found);
  const error = array(conditions).find(({ type }) => /Error$/.test(text(type) ?? ''));
  if (error) return `Argo CD: ${text(error.message) ?? text(error.type)}`;
  const { phase, message, retryCount } = object(operationState);
  const why = text(message)?.replace(padding, '') ?? phase;
  if (phase === 'Failed' || phase === 'Error') return `Argo CD could not apply it: ${why}`;
  if (phase === 'Running')
    return count(retryCount) > 0 ? `Argo CD could not apply it, and tries again: ${why}` : 'Argo CD is applying it';
  const { status } = object(sync);
  if (status === 'OutOfSync') return 'Argo CD has seen it and has not applied it (OutOfSync)';
  return status === 'Synced' ? 'Argo CD has not seen it yet (Synced with an earlier commit)' : undefined;
}

function lists(
  application: Json,
  { namespace, kind, name }: { namespace: string; kind: string; name: string },
): boolean {
  return array(statusOf(application).resources).some(
    (one) => one.kind === kind && one.name === name && one.namespace === namespace,
  );
}

function isNamedAfter(
  application: Json,
  { namespace, environment, applications }: { namespace: string; environment: string; applications: readonly string[] },
): boolean {
  const name = text(object(application.metadata).name) ?? '';
  const destination = object(object(application.spec).destination).namespace;
  return destination === namespace && applications.some((one) => name === `${one}-${environment}` || name === one);
}
