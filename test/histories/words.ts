// What people read on commits, at rest: the last word about each model is the latest, and it is true. Reads Gitea's list of
// statuses itself; shares nothing with promotions/commit-status.ts but the form of a word's last part.
import type { Coverage } from './coverage.ts';
import type { Git, GitRepository } from './git.ts';
import { lastChangeOf, readAt, truthAt } from './oracle.ts';
import { isCalled, namesOf, type Row, type Rows, valuesOf, versionsOf } from './registry.ts';
import { firstPathOf, requestThatBrought } from './stints.ts';
import { Divergence } from './watch.ts';

const rank = ['pending', 'failure', 'warning', 'success'];
const worstFirst = ['failure', 'warning', 'pending', 'success'];
const floating = 'latest';

interface Word {
  model: string;
  state: string;
  at: number;
}

interface Place {
  commit: string;
  environment: string;
  /** By model, the latest word of all that were told here. */
  latest: Map<string, Word>;
}

/**
 * Of histories in which nothing got lost. Throws Divergence when a commit shows another sum than its words give, when a promotion
 * is still on its way, or, in a calm history, when a word about what the head deploys is not what the registry says: elsewhere a
 * late reading may have said so of the same version on another commit.
 */
export function checkWords(git: Git, store: Rows, coverage: Coverage, calm: boolean): void {
  const [repository] = git.repositories as [GitRepository];
  for (const place of placesOf(repository)) {
    // Nobody can look at it any more, and no word can be added.
    if (!git.knows(place.commit)) continue;
    for (const { model, state } of place.latest.values()) {
      coverage.count(`word: ${state}`);
      if (model.startsWith('model-deployments/')) {
        // About a file, which the commit left as it is; a link may have led elsewhere at the head that was read.
        const isTrueAt = ({ said }: ReturnType<typeof readAt>) =>
          (state === 'failure') === (said.kind === 'unreadable');
        const at = readAt(git, repository, place.commit, model);
        const heads = [...repository.read]
          .filter((head) => git.knows(head))
          .map((head) => readAt(git, repository, head, model));
        if (!isTrueAt(at) && !heads.some((one) => one.paths.length > 1 && isTrueAt(one)))
          throw wrong(place, `${model} is ${state}: ${at.said.kind}`);
        continue;
      }
      if (state === 'pending' || state === 'failure')
        throw wrong(place, `${model} is ${state}, and nothing is on its way`);
      if (calm) checkTruth(git, repository, store, place, model, state, coverage);
    }
  }
}

/** Everything that was told, and throws when the last of it is not the sum. */
function placesOf({ handle }: GitRepository): Place[] {
  const places = new Map<string, Place & { shown: string }>();
  const newest = new Map<string, number>();
  for (const { sha, context, state, description } of handle.repository.statuses) {
    const [, environment] = /^registry\/(.+)$/.exec(context) ?? [];
    const [, word, time = '', model = ''] = / \[(\w+) (\S+) (.+)\]$/.exec(description) ?? [];
    if (context.startsWith('rollout/') && word !== undefined) {
      // Of what is shown about what serves, nothing is older than what was shown before.
      const about = `${sha} ${context} ${model}`;
      if (Date.parse(time) < (newest.get(about) ?? 0))
        throw new Divergence(`${about}: an older word replaced a newer one`);
      newest.set(about, Date.parse(time));
      continue;
    }
    if (environment === undefined || word === undefined)
      throw new Divergence(`nobody can read the status ${context}: ${description}`);
    const key = `${sha} ${context}`;
    const place = places.get(key) ?? { commit: sha, environment, latest: new Map<string, Word>(), shown: '' };
    places.set(key, place);
    place.shown = state;
    const told: Word = { model, state: word, at: Date.parse(time) };
    const known = place.latest.get(model);
    if (!known || told.at - known.at > 0 || (told.at === known.at && rank.indexOf(word) >= rank.indexOf(known.state)))
      place.latest.set(model, told);
  }
  for (const place of places.values()) {
    const states = [...place.latest.values()].map(({ state }) => state);
    const sum = worstFirst.find((state) => states.includes(state));
    if (place.shown !== sum) throw wrong(place, `it shows ${place.shown}; of ${states.join(', ')} the sum is ${sum}`);
  }
  return [...places.values()];
}

/** Where the last promotion of a model was told, success says that the registry has it, and a warning that it cannot have it. */
function checkTruth(
  git: Git,
  repository: GitRepository,
  store: Rows,
  place: Place,
  model: string,
  state: string,
  coverage: Coverage,
): void {
  const head = repository.handle.head();
  const served = head && truthAt(git, repository, head, place.environment).models.get(model);
  if (!served) return;
  const commits = [...served.values()].flatMap((one) => {
    const path = firstPathOf(place.environment, one);
    const commit = lastChangeOf(git, repository, head, path);
    return [commit, requestThatBrought(repository, head, commit)?.merged?.commit];
  });
  if (!commits.includes(place.commit)) return;
  const row = store.rows('RegisteredModel').find(({ name }) => name === model);
  const versions = row ? versionsOf(store, row) : [];
  const registered = versions.flatMap(namesOf);
  const isServed = (row: Row) => [...served.keys()].some((name) => isCalled(row, name));
  const isArchived = versions.some((one) => isServed(one) && valuesOf(one).get('/state') === 'ARCHIVED');
  const isThere =
    row !== undefined && [...served.keys()].every((name) => name === floating || registered.includes(name));
  if ((state === 'success') !== (isThere && !isArchived))
    throw wrong(
      place,
      `${model} is ${state}; registered are ${registered.join(', ')}, served ${[...served.keys()].join(', ')}`,
    );
  coverage.count(`true word: ${state}`);
}

function wrong({ commit, environment }: Place, what: string): Divergence {
  return new Divergence(`on the commit ${commit} for ${environment}: ${what}`);
}
