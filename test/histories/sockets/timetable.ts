// When things happen in a history over sockets: in the order and with the short gaps that it has, but no gap is waited for
// longer than matters. Where people let hours pass, all that is under way comes to rest instead.
import type { Time } from './time.ts';

export interface Appointment {
  /** ms of the history's own time. */
  at: number;
  run(): void;
}

/** ms up to which a gap is kept. */
const longestGap = 3_000;
/** ms from which a gap means that what came before is done with. */
const rest = 60_000;

/** `settle`: until all is at rest, or for some time at most. */
export async function keep(appointments: Appointment[], time: Time, settle: () => Promise<void>): Promise<void> {
  const inOrder = [...appointments].sort((a, b) => a.at - b.at);
  let last = inOrder[0]?.at ?? 0;
  for (const { at, run } of inOrder) {
    await time.pause(Math.min(at - last, longestGap));
    if (at - last >= rest) await settle();
    last = at;
    run();
  }
}
