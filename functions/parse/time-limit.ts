// One time limit over all calls of one reading. A forge bounds each of its calls; how many there are depends on the
// repository.

import { TryAgainError } from '../../events/errors.ts';
import type { Forge } from '../../forges/forge.ts';
import { createDeadline } from '../../io/deadline.ts';
import type { Clock } from '../../io/io.ts';

/** The same forge until `deadline` (clock.monotonic, ms); then every call, also one under way, ends with TryAgainError. */
export function untilDeadline(forge: Forge, clock: Clock, deadline: number): Forge {
  const { within: limited } = createDeadline(clock, deadline, tooLate);
  return {
    repository: () => limited(() => forge.repository()),
    head: (branch) => limited(() => forge.head(branch)),
    tree: (commit) => limited(() => forge.tree(commit)),
    files: (commit, wanted, maxBytes) => limited(() => forge.files(commit, wanted, maxBytes)),
    history: (commit, path, limit, except) => limited(() => forge.history(commit, path, limit, except)),
    contains: (commit, earlier) => limited(() => forge.contains(commit, earlier)),
    pullRequest: (commit) => limited(() => forge.pullRequest(commit)),
    mergesOnto(branch) {
      const find = forge.mergesOnto(branch);
      return (commit) => limited(() => find(commit));
    },
    clockOffset: () => forge.clockOffset(),
  };
}

function tooLate(): TryAgainError {
  return new TryAgainError(
    'Git was not read within the time limit of one reading; it is slow, or other heads are waiting.',
  );
}
