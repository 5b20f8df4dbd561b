// What is to be said of one model: which of its versions serve, and whether that is what Git deploys. Pure.
import { versionIn, withVersion } from './artifact-version.ts';
import { applyWithinMs, judge, type Phase, type Verdict } from './judge.ts';
import { kindOf, uriAskedFor, type Workload } from './workload.ts';

/** A version that Git deploys. */
export interface Deployed {
  version: string;
  /** Of its artifact, where Git says it and the cluster asks for the same. */
  uri?: string;
}

export interface ModelObservation {
  phase: Phase;
  reason?: string;
  /** Without `version`: not a version that Git could deploy here. */
  serving: { version?: string; uri: string; pods: number }[];
  /** Undefined: Git deploys nothing. */
  target?: Deployed;
  /** False while something changes. */
  settled: boolean;
  /** False: the cluster has not been asked yet for what Git deploys, or was asked for something else. */
  isApplied: boolean;
}

/**
 * `deployed`: what Git says, none or more; the one that the cluster asks for counts, else the first. `template`: SERVED_URI.
 * `sinceMs`: time since Git began to say so.
 */
export function observeModel(
  model: string,
  deployed: readonly Deployed[],
  workload: Workload,
  template: string,
  sinceMs: number,
): ModelObservation {
  const asked = uriAskedFor(workload);
  const read = (uri: string | undefined) => (uri === undefined ? undefined : versionIn(template, model, uri));
  const named = read(asked);
  const isAsked = ({ version, uri }: Deployed) => (uri === undefined ? named?.version === version : uri === asked);
  const git = deployed.find(isAsked) ?? deployed[0];
  const uri = git && (git.uri ?? (named && withVersion(named, git.version)));
  const target = git && { version: git.version, ...(uri !== undefined && { uri }) };
  const verdict = judgeUri(asked, git, uri, workload, sinceMs);

  // What is not of the same repository is not the version of that name, whatever it is called.
  const pattern = (read(git?.uri) ?? named)?.uriPattern;
  const serving = verdict.serving.map((one) => {
    if (one.uri === uri) return { version: git!.version, ...one };
    const found = read(one.uri);
    const isOurs =
      found !== undefined && (pattern === undefined ? git?.uri === undefined : found.uriPattern === pattern);
    return isOurs ? { version: found.version, ...one } : one;
  });
  const { phase, reason, settled } = verdict;
  const isAskedFor = asked !== undefined && git !== undefined && asked === uri;
  return {
    phase,
    ...(reason !== undefined && { reason }),
    serving,
    ...(target && { target }),
    settled,
    isApplied: isAskedFor || phase === 'verified',
  };
}

/** The better first. */
const byPhase: readonly Phase[] = ['verified', 'progressing', 'unknown', 'drifted', 'failed'];

/** Of several workloads of one model, one at least: what serves is the sum, and the worst says the rest. */
export function worstOf<T extends ModelObservation>(all: readonly [T, ...T[]]): T {
  const worst = all.reduce((a, b) => (byPhase.indexOf(b.phase) > byPhase.indexOf(a.phase) ? b : a));
  const serving = new Map<string, ModelObservation['serving'][number]>();
  for (const one of all.flatMap((each) => each.serving)) {
    const pods = one.pods + (serving.get(one.uri)?.pods ?? 0);
    serving.set(one.uri, { ...serving.get(one.uri), ...one, pods });
  }
  const target = worst.target ?? all.find((one) => one.target !== undefined)?.target;
  return {
    ...worst,
    ...(target && { target }),
    serving: [...serving.values()].sort((a, b) => (a.uri < b.uri ? -1 : 1)),
    settled: all.every(({ settled }) => settled),
    isApplied: all.every(({ isApplied }) => isApplied),
  };
}

/** `uri`: undefined where neither Git nor what the cluster asks for says the address of the version. */
function judgeUri(
  asked: string | undefined,
  git: Deployed | undefined,
  uri: string | undefined,
  workload: Workload,
  sinceMs: number,
): Verdict {
  if (git === undefined || uri !== undefined || asked === undefined) {
    // Where nothing is asked for, no address is compared.
    return judge(workload, git && (uri ?? ''), sinceMs);
  }
  return {
    phase: 'unknown',
    reason: `the ${kindOf(workload)} asks for ${asked}, which is no address by SERVED_URI`.slice(0, 200),
    serving: judge(workload, asked, sinceMs).serving,
    settled: sinceMs >= applyWithinMs,
  };
}
