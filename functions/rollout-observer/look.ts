// One look at the cluster for a model, and what is to be said of it. Argo CD is asked only where there is something to explain, and
// never believed about more than that.
import type { Kubernetes } from '../../clusters/kubernetes.ts';
import { TryAgainError } from '../../events/errors.ts';
import type { ServingObservation } from '../../events/serving-observed.ts';
import type { Io, Log } from '../../io/io.ts';
import { reasonOfArgoCd } from '../../promotions/rollout/argo-cd.ts';
import { maxReason } from '../../promotions/rollout/judge.ts';
import { type Deployed, type ModelObservation, observeModel } from '../../promotions/rollout/observe-model.ts';
import { type Json, object, text, type Workload } from '../../promotions/rollout/workload.ts';
import type { OwnSettings } from '../settings.ts';

/** What Git says of a model in an environment. */
export interface Deployment {
  environment: string;
  model: string;
  deployed: readonly Deployed[];
  /** Of the files that deploy it. */
  applications: readonly string[];
  /** When Git began to say so, ms since epoch. */
  since: number;
}

export interface Look extends ModelObservation {
  namespace: string;
  workload: ServingObservation['workload'];
  applications: readonly string[];
}

export interface Looks {
  /** Where the model runs; undefined: the environment is not observed. */
  placeOf(environment: string, model: string): { namespace: string; name: string } | undefined;
  /** The model that an object of that name serves; undefined: none that Git could deploy. */
  modelOf(name: string): string | undefined;
  judge(deployment: Deployment, workload: Workload): Look;
  /** The same with Argo CD's reason, where there is one. `applications`: what `applications` gave. */
  explained(look: Look, environment: string, log: Log, applications?: () => Promise<Json[]>): Promise<Look>;
  /** Argo CD's. */
  applications(): Promise<Json[]>;
}

export function createLooks(settings: OwnSettings['rolloutObserver'], io: Io, kubernetes: Kubernetes): Looks {
  const { namespaces, workload: template, servedUri, comparesUri, argoCdNamespace } = settings;
  const [before, after] = template.split('{name}') as [string, string];

  function placeOf(environment: string, model: string) {
    const namespace = Object.hasOwn(namespaces, environment) ? namespaces[environment] : undefined;
    return namespace === undefined ? undefined : { namespace, name: `${before}${model}${after}` };
  }

  async function applications(): Promise<Json[]> {
    return (await kubernetes.list({ kind: 'applications', namespace: argoCdNamespace! })).items;
  }

  return {
    placeOf,
    modelOf(name) {
      const isOne = name.length > before.length + after.length && name.startsWith(before) && name.endsWith(after);
      return isOne ? name.slice(before.length, name.length - after.length) : undefined;
    },
    judge({ environment, model, deployed, applications, since }, workload) {
      const { namespace, name } = placeOf(environment, model)!;
      const git = comparesUri ? deployed : deployed.map(({ version }) => ({ version }));
      const seen = observeModel(model, git, workload, servedUri, io.clock.now() - since);
      return { ...seen, namespace, workload: nameOf(name, workload.inferenceService), applications };
    },
    applications,
    async explained(look, environment, log, ask = applications) {
      if (argoCdNamespace === undefined || look.isApplied) return look;
      const { namespace, workload } = look;
      try {
        const place = { namespace, name: workload.name, environment, applications: look.applications };
        const reason = reasonOfArgoCd(await ask(), place);
        const both = [reason, look.reason].filter((part) => part !== undefined).join('; ');
        return { ...look, ...(both !== '' && { reason: both.slice(0, maxReason) }) };
      } catch (error) {
        if (!(error instanceof TryAgainError)) throw error;
        log('warn', 'no reason from Argo CD', { reason: error.message });
        return look;
      }
    },
  };
}

function nameOf(name: string, inferenceService: Json | undefined): ServingObservation['workload'] {
  const { uid, generation } = object(inferenceService?.metadata);
  return {
    kind: 'InferenceService',
    name,
    ...(text(uid) !== undefined && { uid: text(uid) }),
    ...(typeof generation === 'number' && generation > 0 && { generation }),
  };
}
