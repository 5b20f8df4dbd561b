// Checks the clocks: events carry Gitea's time, and ownership markers are judged by the registry's.
import type { Http } from '../../io/io.ts';
import { createServerClock, type Offset, type ServerClock } from '../../io/server-clock.ts';
import type { Shell } from '../shell.ts';
import type { Report } from './findings.ts';

export interface Clocks {
  api: Http;
  /** Of the server at this address; undefined when its answers had no Date. */
  of(url: string): Offset | undefined;
}

/** Learns from every answer. */
export function watchClocks({ io }: Shell): Clocks {
  const clocks = new Map<string, ServerClock>();
  return {
    async api(request) {
      const sentAt = io.clock.now();
      const answer = await io.api(request);
      const { host } = new URL(request.url);
      const clock = clocks.get(host) ?? createServerClock();
      clocks.set(host, clock);
      clock.learn(sentAt, io.clock.now(), answer);
      return answer;
    },
    of: (url) => clocks.get(new URL(url).host)?.range(),
  };
}

/** As promotions/ownership-marker.ts: an ownership marker further ahead counts as damaged. ms. */
const ahead = 10_000;

/** `maxAge`: of an event, ms (EVENT_MAX_AGE_MINUTES). */
export function checkClocks(
  git: Offset | undefined,
  registry: Offset | undefined,
  maxAge: number,
  report: Report,
): void {
  if (git === undefined || registry === undefined) {
    report.note(
      'The clocks cannot be compared: answers of Gitea or of the registry (or of a proxy in front of it) have no Date.',
    );
    return;
  }
  // The least by which they surely differ.
  const [least, most] = [git[0] - registry[1], git[1] - registry[0]];
  const off = least > 0 ? least : most < 0 ? most : 0;
  const seconds = Math.round(Math.abs(off) / 1000);
  const next = 'Set both clocks by NTP.';
  if (seconds === 0) report.ok('The clocks of Gitea and the registry agree.');
  else if (off > ahead)
    report.problem(
      `Gitea is ${seconds} s ahead of the registry: ownership markers more than 10 s ahead count as damaged, and a late event can then win.`,
      next,
    );
  else if (-off > maxAge)
    report.problem(
      `Gitea is ${seconds} s behind the registry: every promotion looks older than EVENT_MAX_AGE_MINUTES and is refused.`,
      next,
    );
  else
    report[seconds > 60 ? 'warning' : 'note'](
      `Gitea is ${seconds} s ${off > 0 ? 'ahead of' : 'behind'} the registry.`,
      next,
    );
}
