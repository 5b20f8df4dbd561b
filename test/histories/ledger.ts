// What one history remembers of its way, in memory or over sockets: what was lost, and what went wrong first.

export interface Ledger {
  /** From now on nothing fails that was ordered to. */
  healed: boolean;
  /** Something is gone for good, so that only a reconcile can make it true. `what`: for people. */
  lose(what: string): void;
  losses(): number;
  /** The first one ends the history. */
  fail(error: unknown): void;
  /** What the work throws is a failure, not an exception of whoever calls it. */
  guard<A extends unknown[], R>(work: (...given: A) => R): (...given: A) => R | undefined;
  /** Throws the first failure. */
  check(): void;
}

export function createLedger(note: (line: string) => void): Ledger {
  let losses = 0;
  let failure: unknown;
  const fail = (error: unknown) => {
    failure ??= error;
  };
  return {
    healed: false,
    lose(what) {
      losses += 1;
      note(`lost: ${what}`);
    },
    losses: () => losses,
    fail,
    guard(work) {
      return (...given) => {
        try {
          return work(...given);
        } catch (error) {
          fail(error);
          return undefined;
        }
      };
    },
    check() {
      if (failure !== undefined) throw failure;
    },
  };
}
