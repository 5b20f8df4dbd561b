// The cluster in which models are rolled out, and whoever observes it, as both are from outside: Pods serve one version or several,
// follow Git after a while, fail, or are changed by hand; each change is told in an event, and all of it again at a reconcile.
import { servingObserved } from '../../events/index.ts';
import type { ServingObservation } from '../../events/serving-observed.ts';
import { signWhere } from '../../events/signature.ts';
import type { Course } from './course.ts';
import type { GitRepository } from './git.ts';
import { environments, models, type Turn, versions } from './history.ts';
import { NoAnswer, type Server } from './network.ts';
import { truthAt } from './oracle.ts';
import { brokerUrl } from './processes.ts';
import { aMoment, type World } from './world.ts';

/** What was told of one model in one environment. */
export interface Told {
  environment: string;
  model: string;
  /** ms since epoch. */
  at: number;
  serving: readonly string[];
}

export interface Cluster {
  /** Tells what serves, of every model that ever ran. */
  observe(): void;
  /** What serves, by environment and model; of every model that ever ran. */
  serving(): { environment: string; model: string; serving: readonly string[] }[];
}

interface Running {
  environment: string;
  model: string;
  serving: readonly string[];
  phase: ServingObservation['phase'];
}

/** Serves, and is nothing that Git could deploy. */
const foreign = 's3://somewhere/else';

export const clusterName = 'https://kubernetes.test';

export function createCluster(course: Course, { git, told }: World, broker: Server, key: string | undefined): Cluster {
  const { history, time, coverage } = course;
  const running = new Map<string, Running>();
  const [repository] = git.repositories as [GitRepository];
  let last = 0;

  for (const turn of history.cluster)
    time.after(
      aMoment + turn.at,
      course.guard(() => take(turn)),
    );
  return {
    observe: () => [...running.values()].forEach(tell),
    serving: () => [...running.values()],
  };

  function take({ environment: place, model: index, act, version, lasts }: Turn): void {
    const [environment, model] = [environments[place]!, models[index]!];
    const key = `${environment} ${model}`;
    const known = running.get(key);
    // Nothing is rolled out that Git never deployed, and whoever observes learns of a model from an event of parse.
    if (known === undefined && (deployed(environment, model).length === 0 || !wasRead(environment, model))) return;
    const one: Running = known ?? { environment, model, serving: [], phase: 'progressing' };
    running.set(key, one);
    coverage.count(`cluster: ${act}`);
    time.note(`— cluster: ${act} ${key}`);
    switch (act) {
      case 'follows Git':
      case 'fails':
        one.phase = 'progressing';
        tell(one);
        return void time.after(
          lasts,
          course.guard(() => {
            if (act === 'follows Git') one.serving = deployed(environment, model);
            one.phase = act === 'fails' ? 'failed' : 'drifted';
            tell(one);
          }),
        );
      case 'by hand':
        one.serving = version === versions.length ? [foreign] : [versions[version]!];
        break;
      case 'two at once':
        one.serving = [...new Set([...one.serving, versions[version] ?? foreign])];
        break;
      case 'gone':
        one.serving = [];
        break;
    }
    one.phase = 'drifted';
    tell(one);
  }

  function deployed(environment: string, model: string): string[] {
    const head = repository.handle.head();
    return head === undefined ? [] : [...(truthAt(git, repository, head, environment).models.get(model)?.keys() ?? [])];
  }

  function wasRead(environment: string, model: string): boolean {
    return [...repository.read].some((head) => truthAt(git, repository, head, environment).models.has(model));
  }

  function tell({ environment, model, serving, phase }: Running): void {
    const head = repository.handle.head();
    if (head === undefined) return;
    last = Math.max(time.now, last + 1);
    const [target, ...others] = deployed(environment, model);
    const isAsGitSays = [target, ...others].join() === [...serving].sort().join();
    const observation: ServingObservation = {
      environment,
      model,
      cluster: clusterName,
      namespace: environment,
      workload: { kind: 'InferenceService', name: model },
      observedAt: new Date(last).toISOString(),
      phase: isAsGitSays ? 'verified' : phase,
      ...(!isAsGitSays && { reason: `as it was at ${last}` }),
      serving: serving.map((version) => ({ ...(version !== foreign && { version }), uri: version, pods: 1 })),
      ...(target !== undefined && { target: { version: target } }),
      repository: repository.urls.values().next().value!,
      head,
      cause: { id: 'x', type: 'x' },
    };
    told.push({ environment, model, at: last, serving });
    send(observation);
  }

  /** Nobody repeats it: what is lost is told at the next reconcile. */
  function send(observation: ServingObservation): void {
    const origin = { cause: { source: clusterName, id: String(last) }, time: observation.observedAt };
    const { id, type, source, subject, partitionkey, signature } = signWhere(
      key,
      servingObserved.make(observation, origin),
    );
    const headers = {
      'ce-specversion': '1.0',
      'ce-id': id,
      'ce-type': type,
      'ce-source': source,
      'ce-subject': subject!,
      'ce-partitionkey': String(partitionkey),
      ...(signature ? { 'ce-signature': String(signature) } : {}),
      'content-type': 'application/json',
    };
    const gone = new AbortController().signal;
    const info = { link: undefined, nth: 0, sentAt: time.now, instance: 0, late: false, gone };
    const request = { method: 'POST', url: brokerUrl, headers, body: Buffer.from(JSON.stringify(observation)) };
    broker.take?.(request, info).catch((error: unknown) => {
      if (!(error instanceof NoAnswer)) course.fail(error);
    });
  }
}
