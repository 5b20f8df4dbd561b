// What must hold at every step: asked of each write to the registry at the moment it takes effect.
import { limits } from '../../config/limits.ts';
import { isAncestor } from '../../stand-ins/gitea/git/history.ts';
import type { Told } from './cluster.ts';
import type { Coverage } from './coverage.ts';
import {
  artifactEnvironment,
  differences,
  foreignOf,
  isOnlyServing,
  isWrittenBack,
  same,
  touchedEnvironments,
} from './foreign.ts';
import type { Git, GitRepository } from './git.ts';
import { environments } from './history.ts';
import type { CallInfo } from './network.ts';
import { servedAs, truthAt } from './oracle.ts';
import {
  aliased,
  holds,
  isCalled,
  nameOf,
  namesOf,
  type Row,
  type Rows,
  textIn,
  valuesOf,
  versionsOf,
  type Writer,
} from './registry.ts';

const floating = 'latest';

/** ms after which a writer can no longer be at work on what it read: its own limit, one call begun at its end, and the way. */
const longestWork = limits.registryWriter + limits.registryCall + 1_000;

interface Past {
  at: number;
  foreign: Map<string, string>;
  labels: Set<string>;
  by: 'us' | 'others';
}

export interface Watch {
  onWrite(before: Row | undefined, after: Row, writer: Writer): void;
  /** Writes of ours so far. */
  writes(): number;
  /** ms since somebody else, or a write nobody waited for any more, touched the model or its versions. */
  quietFor(model: number): number;
  /** The widest window seen between what was read and a write that undid another's: ms. */
  widest(): number;
}

/** `stalls`: ms that a machine may hold up a process beyond its own limits; none in virtual time. */
export function createWatch(
  git: Git,
  now: () => number,
  storeOf: () => Rows,
  coverage: Coverage,
  stalls = 0,
  told: readonly Told[] = [],
): Watch {
  const atWork = longestWork + stalls;
  const pasts = new Map<string, Past[]>();
  /** By model id: when somebody else, or a write nobody waited for any more, last touched it or its versions. */
  const disturbed = new Map<number, number>();
  let writes = 0;
  let widest = 0;

  return {
    onWrite,
    writes: () => writes,
    widest: () => widest,
    quietFor: (model) => now() - (disturbed.get(model) ?? Number.NEGATIVE_INFINITY),
  };

  function onWrite(before: Row | undefined, after: Row, { call }: Writer): void {
    const key = `${after.kind} ${after.id}`;
    const past = pasts.get(key) ?? [];
    pasts.set(key, past);
    const model = modelOf(after);
    if (call === undefined) {
      coverage.count('write of others');
      if (model) disturbed.set(model.id, now());
    } else {
      writes += 1;
      if (isLate(call) && model) disturbed.set(model.id, now());
      if (before === undefined) throw new Divergence(`something was created: ${after.kind} ${after.name}`);
      const undid = checkForeign(before, after, past, call);
      if (model && !isOnlyServing(before, after)) checkTouched(model, before, after, call);
      if (model && isQuiet(model, call)) checkSeen(model, before, after);
      if (model && after.kind === 'ModelArtifact') checkUri(model, before, after, call);
      if (after.kind === 'RegisteredModel') checkMarks(before, after, call);
      if (after.kind === 'RegisteredModel') checkAliases(before, after, call);
      if (after.kind === 'ModelVersion' && model) checkLabels(model, before, after, call, undid);
    }
    past.push({ at: now(), foreign: foreignOf(after), labels: labelsOf(after), by: call ? 'us' : 'others' });
  }

  function modelOf(row: Row): Row | undefined {
    const store = storeOf();
    if (row.kind === 'RegisteredModel') return row;
    const [parent] = row.parents;
    if (parent === undefined) return undefined;
    const above = store.find('context', parent);
    return above?.kind === 'ModelVersion' ? modelOf(above) : above;
  }

  /** Nothing of others changes. The exception: what they wrote after we had read; gives how the row was when we read it. */
  function checkForeign(before: Row, after: Row, past: readonly Past[], call: CallInfo): Past | undefined {
    const now_ = foreignOf(after);
    if (same(foreignOf(before), now_)) return undefined;
    // Who writes tag by tag has no map to write back.
    const isWhole = !storeOf().hasAliases;
    for (let i = past.length - 2; isWhole && i >= 0; i--) {
      const overwritten = past.slice(i + 1).filter(({ by }) => by === 'others');
      const [first] = overwritten;
      if (first === undefined || !isWrittenBack(past[i]!.foreign, foreignOf(before), now_)) continue;
      // Read before they wrote, and sent no later than a writer's limit after that.
      if (call.sentAt - first.at > atWork) break;
      widest = Math.max(widest, now() - first.at);
      coverage.count('whole-map window met');
      coverage.most('ms of the widest whole-map window', now() - first.at);
      return past[i];
    }
    throw new Divergence(
      `${nameOf(after)}: what is not ours was changed: ${differences(foreignOf(before), now_).join(', ')}`,
    );
  }

  /**
   * Nothing of a model is touched that no head ever named, nor an earlier release marked; nor, where a forger claims so, a commit
   * that the branch contains.
   * While nobody else is at it, that holds of each environment, and what is touched bears a mark of ours.
   */
  function checkTouched(model: Row, before: Row, after: Row, call: CallInfo): void {
    const what = `${after.kind} ${nameOf(after)} of ${model.name}`;
    const isNamed = (among: readonly string[]) =>
      among.some((environment) => git.inherited.has(`${environment} ${model.name}`)) ||
      git.repositories.some((repository) =>
        [...repository.read, ...containedClaims(repository)].some((head) =>
          among.some((environment) => truthAt(git, repository, head, environment).models.has(model.name)),
        ),
      );
    if (!isNamed(environments)) throw new Divergence(`${what} was written; no head names the model`);
    if (!isQuiet(model, call)) return;
    for (const environment of touchedEnvironments(before, after)) {
      if (!isNamed([environment]))
        throw new Divergence(`${what} was written for ${environment}; no head names it there`);
      const marked = textIn(model, `${environment}.repository`);
      // Tag by tag, a mark changes hands without its head first; whether it may is asked when its repository changes.
      const isHanded = after.kind === 'RegisteredModel' && textIn(after, `${environment}.head`) === undefined;
      if (!isHanded && !git.repositories.some(({ urls }) => marked !== undefined && urls.has(marked)))
        throw new Divergence(`${what} was written for ${environment}, and its mark is ${marked}`);
    }
  }

  /** An artifact lies where a head says, and it is the one that is meant. */
  function checkUri(model: Row, before: Row, after: Row, call: CallInfo): void {
    const [was, uri] = [before, after].map((row) => valuesOf(row).get('/uri'));
    if (was === uri) return;
    const store = storeOf();
    const version = store.find('context', after.parents[0]!);
    const says = git.repositories.some((repository) =>
      [...repository.read].some((head) => {
        const served = truthAt(git, repository, head, artifactEnvironment).models.get(model.name);
        return version && served?.get(nameOf(version))?.address === uri;
      }),
    );
    if (!says) throw new Divergence(`${nameOf(after)} of ${model.name}: no head says that it lies at ${uri}`);
    const beside = store.rows('ModelArtifact').filter((row) => row.parents[0] === after.parents[0]);
    const named = beside.filter((row) => version && [model.name, nameOf(version)].includes(nameOf(row)));
    const meant = beside.length === 1 ? beside : named;
    if (isQuiet(model, call) && (meant.length !== 1 || meant[0]?.id !== after.id))
      throw new Divergence(`${nameOf(after)} of ${model.name} is not the only artifact, nor the only one called so`);
  }

  /** Another repository's mark goes only when none of its labels is left. */
  function checkMarks(before: Row, after: Row, call: CallInfo): void {
    if (!isQuiet(after, call)) return;
    for (const environment of environments) {
      const [was, is] = [before, after].map((row) => textIn(row, `${environment}.repository`));
      // Under another of its names or addresses it is the same one's, and so says its id: one value of a mark that took effect late
      // leaves another's address beside it.
      const owner = git.ownerOf(is);
      const isSame =
        textIn(before, `${environment}.repositoryId`)?.split('@')[0] === String(owner?.handle.repository.id);
      if (was === undefined || was === is || (owner && (git.ownerOf(was) === owner || isSame))) continue;
      const holder = versionsOf(storeOf(), after).find((row) => holds(row, environment));
      if (holder)
        throw new Divergence(
          `${where(after, holder, environment)}: the mark of ${was} became ${is} while the label is there`,
        );
    }
  }

  function checkLabels(model: Row, before: Row, after: Row, call: CallInfo, undid: Past | undefined): void {
    for (const environment of environments) {
      const [had, has] = [holds(before, environment), holds(after, environment)];
      if (had === has) continue;
      if (isQuiet(model, call)) checkByMark(model, after, environment, has);
      else checkByAnyHead(model, after, environment, call, undid);
      const isClosed = ['retiredAt', 'replacedBy'].every((name) => textIn(after, `${environment}.${name}`));
      if (!has && !isClosed && !isLate(call))
        throw new Divergence(`${where(model, after, environment)}: the label went, and its record does not say when`);
    }
  }

  /** After the label, and only where nobody else of those who are to have the label could have it. */
  function checkAliases(before: Row, after: Row, call: CallInfo): void {
    for (const environment of environments) {
      const [was, is] = [before, after].map((row) => aliased(storeOf(), row, environment));
      if (was?.id === is?.id) continue;
      if (isQuiet(after, call)) checkAlias(after, is, environment);
      else if (is !== undefined && !isLate(call) && !isSaidByAnyHead(after, is, environment))
        throw new Divergence(`${where(after, is, environment)}: no read head justifies the alias`);
    }
  }

  /** Nobody else was there: it goes by the head that the mark names. */
  function checkAlias(model: Row, is: Row | undefined, environment: string): void {
    const wrong = (what: string) =>
      new Divergence(`${environment} on ${model.name}: the alias came to ${is ? nameOf(is) : 'none'}, ${what}`);
    const { head, owner } = markedBy(model, environment);
    if (owner === undefined) throw wrong('and the mark is not ours');
    const { complete, models } = truthAt(git, owner, head, environment);
    if (!complete) throw wrong(`and not every file of the head ${head} can be read`);
    const entitled = versionsOf(storeOf(), model).filter((row) => servedAs(models.get(model.name), row));
    const [only, ...more] = entitled;
    if ((more.length > 0 ? undefined : only)?.id !== is?.id)
      throw wrong(`and the head ${head} deploys ${entitled.map(nameOf).join(', ') || 'none'}`);
    if (is !== undefined && !holds(is, environment)) throw wrong('which does not hold the label yet');
    coverage.count('moves of an alias, checked');
  }

  /** Nobody else was there: the label is moved for the head that the mark names, since the mark is written first. */
  function checkByMark(model: Row, version: Row, environment: string, has: boolean): void {
    const wrong = (what: string) => new Divergence(`${where(model, version, environment)}: ${what}`);
    const { marked, head, owner } = markedBy(model, environment);
    if (owner === undefined) throw wrong(`moved without a mark of ours (${marked})`);
    if (!owner.read.has(head)) throw wrong(`moved for the head ${head}, which was never read`);
    const { complete, models } = truthAt(git, owner, head, environment);
    const served = models.get(model.name);
    if (has) {
      if (!servedAs(served, version)) throw wrong(`the head ${head} does not justify the label`);
      return;
    }
    if (servedAs(served, version)) throw wrong(`the label went, and the head ${head} names the version`);
    if (!complete) throw wrong(`the label went, and not every file of the head ${head} can be read`);
    const all = versionsOf(storeOf(), model);
    for (const name of served?.keys() ?? [])
      if (name !== floating && !all.some((row) => isCalled(row, name)))
        throw wrong(`the label went, and ${name}, which is to have it, is not registered`);
    const entitled = all.filter((row) => servedAs(served, row));
    if (entitled.length > 0 && !all.some((row) => holds(row, environment)))
      throw wrong(`the last label was taken while ${entitled.map(nameOf).join(', ')} should have it`);
  }

  /** Somebody else may have taken the mark since it was written, or the label since it was read. */
  function checkByAnyHead(model: Row, version: Row, environment: string, call: CallInfo, undid: Past | undefined) {
    if (!holds(version, environment)) return;
    // What the row said when we read it, written back over what somebody else had made of it.
    if (undid?.labels.has(environment) || isLate(call)) return;
    if (!isSaidByAnyHead(model, version, environment))
      throw new Divergence(`${where(model, version, environment)}: no read head justifies the label`);
  }

  /** Or of the name that it had when it was read. */
  function isSaidByAnyHead(model: Row, version: Row, environment: string): boolean {
    const names = [...namesOf(version), ...(version.formerNames ?? [])];
    return git.repositories.some((repository) =>
      [...repository.read].some((head) => {
        const served = truthAt(git, repository, head, environment).models.get(model.name);
        return names.some((name) => served?.has(name));
      }),
    );
  }

  /** `owner`: undefined where the mark is not ours. */
  function markedBy(model: Row, environment: string) {
    const [marked, head = ''] = ['repository', 'head'].map((name) => textIn(model, `${environment}.${name}`));
    const owner = git.repositories.find(({ urls }) => marked !== undefined && urls.has(marked));
    return { marked, head, owner };
  }

  /** What is said to serve is what was observed last, by the mark, which is written first and never goes back. */
  function checkSeen(model: Row, before: Row, after: Row): void {
    for (const environment of environments) {
      const [was, is] = [before, after].map((row) => Date.parse(textIn(row, `${environment}.seenAt`) ?? ''));
      if (after.kind === 'RegisteredModel' && is! < was!)
        throw new Divergence(`${environment} on ${model.name}: an older observation replaced a newer one`);
      const [had, has] = [before, after].map((row) => holds(row, `${environment}.serving`));
      if (after.kind !== 'ModelVersion' || had === has) continue;
      const at = Date.parse(textIn(model, `${environment}.seenAt`) ?? '');
      const seen = told.find((one) => one.environment === environment && one.model === model.name && one.at === at);
      if (seen?.serving.some((name) => isCalled(after, name)) !== has)
        throw new Divergence(
          `${where(model, after, environment)} ${has ? 'serves' : 'serves no more'}, says the registry; seen at ${at} was ${seen?.serving.join(', ')}`,
        );
      coverage.count('labels of what serves, checked');
    }
  }

  function isQuiet(model: Row, call: CallInfo): boolean {
    return (disturbed.get(model.id) ?? Number.NEGATIVE_INFINITY) < call.sentAt - atWork && !isLate(call);
  }
}

/** It takes effect when nobody waits for it any more. */
function isLate({ late, gone }: CallInfo): boolean {
  return late || gone.aborted;
}

/** What this is all about: the system did something it promises not to do, or did not do what it promises. */
export class Divergence extends Error {
  override name = 'Divergence';
}

function containedClaims({ claimed, handle, moves }: GitRepository): string[] {
  const { store } = handle.repository;
  return [...claimed].filter((commit) => moves.some(({ after }) => isAncestor(store, commit, after)));
}

function where(model: Row, version: Row, environment: string): string {
  return `${environment} on ${model.name} ${nameOf(version)}`;
}

function labelsOf(row: Row): Set<string> {
  return new Set(environments.filter((environment) => holds(row, environment)));
}
