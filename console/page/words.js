// Texts for a person: short names of events, times, statuses. Pure.

/** `dev.mlops.model.promoted.v1` → `model.promoted`; `dev.knative.source.gitea.push` → `gitea.push`. */
export function shortType(type = '') {
  return type
    .replace(/^dev\.knative\.sources?\./, '')
    .replace(/^dev\.mlops\./, '')
    .replace(/\.v\d+$/, '');
}

/** ms → `61 ms`, `1.2 s`. */
export function duration(ms) {
  if (ms === undefined || ms === null) return '';
  if (ms < 10) return `${Math.max(ms, 0.1).toFixed(1)} ms`;
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

/** RFC 3339, or ms since epoch → `10:14:03` by the reader's clock, and before it the date where that is not today. */
export function moment(when) {
  const at = new Date(/^\d+$/.test(String(when)) ? Number(when) : when);
  if (Number.isNaN(at.getTime())) return String(when);
  const isToday = new Date().toDateString() === at.toDateString();
  const day = isToday ? '' : `${at.toLocaleDateString('en-GB', { day: 'numeric', month: 'short', year: 'numeric' })}, `;
  return day + at.toLocaleTimeString('en-GB', { hour12: false });
}

/** A sentence in which each time (RFC 3339, in UTC) becomes one of the reader's clock. */
export const withMoments = (sentence) =>
  sentence.replace(/\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, (time) => moment(time));

export const short = (id = '') => id.slice(0, 7);

/** What a status means to a reader who does not know them. */
export function statusWords(status) {
  if (status === 0 || status === undefined) return 'no answer';
  if (status < 300) return 'accepted';
  if (status === 401) return 'refused: signature missing or wrong';
  if (status < 500) return 'refused, not repeated';
  return status === 503 ? 'not now, try again' : 'failed, try again';
}

/** How good a status is, as a class name. */
export function tone(status) {
  if (status === undefined) return 'open';
  if (status >= 200 && status < 300) return 'good';
  return 'bad';
}

export const count = (n, one, many = `${one}s`) => `${n} ${n === 1 ? one : many}`;

export const versionsIn = (names) => (names.length === 0 ? 'nothing' : names.join(' and '));

/** The first line of a commit, without what Gitea puts around the title of a request that is merged by a merge commit. */
export const commitTitle = (line = '') => line.replace(/^Merge pull request '(.*)' \((#\d+)\).*$/, '$1, $2');

const names = {
  gitea: 'Gitea',
  broker: 'Broker',
  registry: 'Model Registry',
  cluster: 'Cluster',
  clock: 'clock',
  somebody: 'somebody',
};
export const nameOf = (box) => names[box] ?? box;
