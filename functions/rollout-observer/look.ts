// One look at the cluster for a model, and what is to be said of it. Argo CD is asked only where there is something to explain, and
// never believed about more than that.
import { deploymentsWith } from '../../clusters/deployments.ts';
import type { Kubernetes } from '../../clusters/kubernetes.ts';
import { inferenceServices, type Workloads } from '../../clusters/workloads.ts';
import { TryAgainError } from '../../events/errors.ts';
import type { ServingObservation } from '../../events/serving-observed.ts';
import type { Io, Log } from '../../io/io.ts';
import { reasonOfArgoCd } from '../../promotions/rollout/argo-cd.ts';
import { modelIn } from '../../promotions/rollout/artifact-version.ts';
import { maxReason } from '../../promotions/rollout/judge.ts';
import { type Deployed, type ModelObservation, observeModel, worstOf } from '../../promotions/rollout/observe-model.ts';
import {
  type Json,
  kindOf,
  object,
  podGroups,
  subjectOf,
  text,
  uriAskedFor,
  type Workload,
} from '../../promotions/rollout/workload.ts';
import type { OwnSettings } from '../settings.ts';

/** What Git says of a model in an environment. */
export interface Deployment {
  environment: string;
  model: string;
  deployed: readonly (Deployed & { applications: readonly string[] })[];
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
  /** How the cluster is read. */
  readonly workloads: Workloads;
  /** Undefined: the environment is not observed. */
  namespaceOf(environment: string): string | undefined;
  /** What the workloads of a model are called, one at least. */
  namesOf(model: string, applications: readonly string[]): [string, ...string[]];
  /** The model that a workload of that name serves; undefined: none that Git could deploy. */
  modelOf(name: string, workload: Workload): string | undefined;
  /** `workloads`: by name, as they were read. */
  judge(deployment: Deployment, workloads: ReadonlyMap<string, Workload>): Look;
  /** The same with Argo CD's reason, where there is one. `applications`: what `applications` gave. */
  explained(look: Look, environment: string, log: Log, applications?: () => Promise<Json[]>): Promise<Look>;
  /** Argo CD's. */
  applications(): Promise<Json[]>;
}

const nothing: Workload = { deployments: [], replicaSets: [], pods: [] };

export function createLooks(settings: OwnSettings['rolloutObserver'], io: Io, kubernetes: Kubernetes): Looks {
  const { namespaces, workload: template, servedUri, comparesUri, argoCdNamespace } = settings;
  const { container } = template;
  const byApplication = template.name.includes('{application}');
  const [before, after] = template.name.split(/\{\w+\}/) as [string, string];
  const named = (part: string) => `${before}${part}${after}`;

  const namespaceOf = (environment: string) =>
    Object.hasOwn(namespaces, environment) ? namespaces[environment] : undefined;

  function namesOf(model: string, applications: readonly string[]): [string, ...string[]] {
    const [first = model, ...others] = byApplication ? new Set(applications) : [];
    return [named(first), ...others.map(named)];
  }

  function modelOf(name: string, workload: Workload): string | undefined {
    if (byApplication) {
      const uri = uriAskedFor(workload) ?? podGroups(workload).find((group) => group.uri !== undefined)?.uri;
      return uri === undefined ? undefined : modelIn(servedUri, uri);
    }
    const isOne = name.length > before.length + after.length && name.startsWith(before) && name.endsWith(after);
    return isOne ? name.slice(before.length, name.length - after.length) : undefined;
  }

  async function applications(): Promise<Json[]> {
    return (await kubernetes.list({ kind: 'applications', namespace: argoCdNamespace! })).items;
  }

  return {
    workloads: container === undefined ? inferenceServices(kubernetes) : deploymentsWith(container, kubernetes),
    namespaceOf,
    namesOf,
    modelOf,
    judge({ environment, model, deployed, applications, since }, workloads) {
      const namespace = namespaceOf(environment)!;
      const names = namesOf(model, applications);
      const look = (name: string): Look => {
        const workload = workloads.get(name) ?? { ...nothing, ...(container !== undefined && { container }) };
        const here = byApplication ? deployed.filter((one) => one.applications.map(named).includes(name)) : deployed;
        const git = here.map(({ version, uri }) => ({ version, ...(comparesUri && uri !== undefined && { uri }) }));
        const seen = observeModel(model, git, workload, servedUri, io.clock.now() - since);
        return { ...seen, namespace, workload: described(name, workload), applications };
      };
      // Of an application that Git does not have any longer.
      const others = [...workloads].flatMap(([name, one]) =>
        !names.includes(name) && modelOf(name, one) === model ? name : [],
      );
      const [first, ...more] = [...names, ...others].map(look) as [Look, ...Look[]];
      return more.length === 0 ? first : worstOf([first, ...more].map(withName) as [Look, ...Look[]]);
    },
    applications,
    async explained(look, environment, log, ask = applications) {
      if (argoCdNamespace === undefined || look.isApplied) return look;
      const { namespace, workload } = look;
      try {
        const { kind, name } = workload;
        const place = { namespace, kind, name, environment, applications: look.applications };
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

/** Which of several a reason is about. */
function withName(look: Look): Look {
  return look.reason === undefined
    ? look
    : { ...look, reason: `${look.workload.name}: ${look.reason}`.slice(0, maxReason) };
}

function described(name: string, workload: Workload): ServingObservation['workload'] {
  const { uid, generation } = object(subjectOf(workload)?.metadata);
  return {
    kind: kindOf(workload),
    name,
    ...(text(uid) !== undefined && { uid: text(uid) }),
    ...(typeof generation === 'number' && generation > 0 && { generation }),
  };
}
