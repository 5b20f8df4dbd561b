// Writes what was observed in the cluster to the registry: which versions serve, and how far what Git deploys is. As in write.ts every
// write follows a reading of the map that it replaces, and is harmless twice.

import { StopError, TryAgainError } from '../../events/errors.ts';
import { isCommitId } from '../../events/fields.ts';
import { atMost } from '../../io/at-most.ts';
import type { Log } from '../../io/io.ts';
import { holdsLabel } from '../../promotions/deployment-record.ts';
import { labelOf, ownText } from '../../promotions/property-names.ts';
import { reasonToRefuse } from '../../promotions/registry-plan.ts';
import type { RegisteredModel, RegisteredVersion } from '../../promotions/registry-state.ts';
import { isOverdue, type Observed, planServing, type ServingPlan } from '../../promotions/serving-plan.ts';
import type { Registry } from '../../registries/registry.ts';
import { writeModel, writeVersion } from './single-writes.ts';
import { callsAtOnce, type Written } from './write.ts';

/** Mark, gains and losses once, and once more because of another writer. */
const maxWrites = 6;

export interface WrittenServing extends Written {
  /** Of the deployment records of what Git deploys. */
  commits: string[];
  /** Nothing newer is known, and no other cluster is believed about the model. */
  counts: boolean;
  /** What Git deploys should serve by now (isOverdue). */
  isOverdue: boolean;
}

/** `lastSeen` as in ServingState, `now`: the registry's clock. */
export async function writeServing(
  observed: Observed,
  registry: Registry,
  { eventMaxAge, lastSeen, now }: { eventMaxAge: number; lastSeen: number | undefined; now: () => number },
  log: Log,
): Promise<WrittenServing> {
  const { environment, model: name } = observed;
  const changes: Written['changes'] = [];

  let model = await registry.findModel(name);
  const tooOld = reasonToRefuse(observed, now(), eventMaxAge);
  if (tooOld !== undefined) throw new StopError(422, tooOld);
  if (model === undefined) return leftAlone(`no registered model has the name ${name}`, true);

  for (let writes = 0; writes <= maxWrites; writes++) {
    const versions = await registry.versions(model);
    const plan = planServing(observed, { model, versions, now: now(), ...(lastSeen !== undefined && { lastSeen }) });
    if (plan.ignored !== undefined) return leftAlone(plan.ignored, false);
    if (!(await writeNext(model, plan))) return ended(plan, versions);
  }
  throw new TryAgainError(`another writer keeps changing the versions of ${name}`);

  /** Writes what is next in order; false when nothing is left. Some version holds the label at all times while one serves. */
  async function writeNext(of: RegisteredModel, { markDue, mark, gains, losses }: ServingPlan): Promise<boolean> {
    if (markDue) {
      model = await writeModel(registry, changes, of, mark);
      return true;
    }
    const next = gains.length > 0 ? gains : losses;
    await atMost(callsAtOnce, next, (change) => writeVersion(registry, changes, change));
    return next.length > 0;
  }

  function leftAlone(reason: string, counts: boolean): WrittenServing {
    log('warn', 'observation ignored', { reason, model: name, environment });
    return { outcome: 'ignored', reason, changes, commits: [], counts, isOverdue: false };
  }

  function ended({ unlabelled }: ServingPlan, versions: readonly RegisteredVersion[]): WrittenServing {
    for (const reason of unlabelled) log('warn', 'what serves is not labelled', { reason, model: name, environment });
    const reason = unlabelled.length > 0 ? unlabelled.join('; ') : undefined;
    const outcome = changes.length > 0 ? 'changed' : 'unchanged';
    return {
      outcome,
      ...(reason !== undefined && { reason }),
      changes,
      commits: commitsOf(observed, versions),
      counts: true,
      isOverdue: isOverdue(observed, { versions, now: now() }),
    };
  }
}

function commitsOf({ environment, target }: Observed, versions: readonly RegisteredVersion[]): string[] {
  if (target === undefined) return [];
  const commits = versions
    .filter(({ name, properties }) => holdsLabel(properties, labelOf(environment)) && (target.version ?? name) === name)
    .flatMap(({ properties }) => ownText(properties, environment, 'commit') ?? []);
  // Others may have written to the record, too.
  return [...new Set(commits.filter(isCommitId))];
}
