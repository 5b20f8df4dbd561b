// How long work may go on after SIGTERM.

/** ms that are kept for the last log lines, in which everything that is given up has its own. */
const forLastLines = 500;

/** Of the ms that are left before the process is killed, those for the work that is under way. */
export function drainTime(msLeft: number): number {
  return Math.max(msLeft - forLastLines, msLeft / 2);
}
