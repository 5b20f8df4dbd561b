// What is said of a story: its title, how it stands, its last words, and what befell its webhook. Pure.

export const faultWords = {
  lose: 'lost on the way',
  double: 'sent twice: a copy follows',
  delay: 'delayed on the way',
  reorder: 'held back until the next one has been sent',
  tamper: 'changed on the way, so that its signature is wrong',
};
export const functionWords = { ended: 'was killed', starting: 'is starting again', running: 'is back' };

/** By what it is about, once an event has said it. */
export function titleOf({ title, abouts }) {
  if (abouts.length === 0) return title;
  const text = `${abouts[0]}${abouts.length > 1 ? ` and ${abouts.length - 1} more` : ''}`;
  return title === 'Reconcile' ? `${title}: ${text}` : text;
}

/**
 * How a story stands: open, good, bad, refused, dead or lost; `unserved`: all of it arrived, and the cluster does not serve it; `left`:
 * registry-writer left the label where it was.
 */
export function stateOf({ hops, kind }) {
  if (hops.length === 0) return kind === 'function' ? 'note' : 'act';
  const given = hops.filter(({ state }) => state === 'dead');
  if (given.length > 0 && given.every(({ status }) => status >= 400 && status < 500)) return 'refused';
  const worst = ['dead', 'lost', 'bad'].find((state) => hops.some((hop) => hop.state === state));
  if (worst) return worst;
  // Known before the observer has ended its watch.
  if (['failed', 'drifted'].includes(hops.findLast(({ phase }) => phase)?.phase)) return 'unserved';
  if (hops.some(({ state }) => state === 'open')) return 'open';
  return hops.findLast(({ isLeftAlone }) => isLeftAlone !== undefined)?.isLeftAlone ? 'left' : 'good';
}

/** What came of it: who has the label and what serves, else the last thing that was said in it. */
export function endOf({ hops }) {
  const last = (what) => hops.findLast(({ gist }) => gist?.[what])?.gist[what];
  const gist = [last('label'), last('serving')].filter(Boolean);
  if (gist.length > 0) return gist.join(', ');
  const said = hops.findLast(({ type, says }) => says && /^dev\.mlops\./.test(type));
  return said?.says ?? '';
}
