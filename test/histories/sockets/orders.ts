// What a history orders for the next call of a link, and of a process: a fault, or that the caller dies.
import type { Link, ProcessName } from '../history.ts';
import { kindOf, type Request } from '../network.ts';
import type { Play } from './course.ts';
import type { RealProcess } from './process.ts';
import type { Ordered } from './wire.ts';

/** ms: where a history waits for longer until a process is there again, this is as good. */
const longestDown = 8_000;
/**
 * Calls among which all that is ordered comes. Histories order for the sixtieth call of a link, too; here, where little time
 * passes, few make so many, and much would never come.
 */
const reach = 10;
/** Where there are still fewer calls. */
const nearer: Partial<Record<Link, number>> = { 'registry-writer → registry, write': 3, 'gitea-source → broker': 5 };

export function createOrders(play: Play) {
  const { history, time, coverage } = play;
  const counts = new Map<string, number>();
  const count = (what: string) => {
    const nth = counts.get(what) ?? 0;
    counts.set(what, nth + 1);
    return nth;
  };
  const faultOf = (link: Link) => {
    const nth = count(link);
    return history.faults.find((one) => one.link === link && one.nth % (nearer[link] ?? reach) === nth)?.fault;
  };

  return (link: Link, request: Request, caller?: ProcessName, who?: () => RealProcess): Ordered => {
    if (play.healed) return {};
    const special = kindOf(link, request);
    const [own, other] = [faultOf(link), special && faultOf(special)];
    const fault = own ?? other;
    const what = `${link} ${request.method} ${request.url.replace('/api/model_registry/v1alpha3', '')}`;
    if (fault !== undefined) {
      coverage.count(`fault ${fault}`);
      if (request.method === 'PATCH') coverage.count(`fault on a write: ${fault}`);
    }
    time.note(`${what}${fault === undefined ? '' : `: ${fault}`}`);
    const nth = caller && count(`calls of ${caller}`);
    const death = history.deaths.find((one) => one.process === caller && one.nth % reach === nth);
    if (death === undefined) return { ...(fault && { fault }) };
    const { when } = death;
    return {
      ...(fault && { fault }),
      dies: {
        when,
        now() {
          coverage.count(`death of ${caller} ${when} a call`);
          who?.().kill(Math.min(death.down, longestDown));
        },
      },
    };
  };
}
