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

/** How a story stands: open, good, bad, refused, dead, lost or unserved: all of it arrived, and the cluster does not serve it. */
export function stateOf({ hops, kind }) {
  if (hops.length === 0) return kind === 'function' ? 'note' : 'act';
  const given = hops.filter(({ state }) => state === 'dead');
  if (given.length > 0 && given.every(({ status }) => status >= 400 && status < 500)) return 'refused';
  const order = ['dead', 'lost', 'bad', 'open'];
  const found = order.find((state) => hops.some((hop) => hop.state === state));
  if (found) return found;
  return ['failed', 'drifted'].includes(hops.findLast(({ phase }) => phase)?.phase) ? 'unserved' : 'good';
}

/** The last thing that was said in it. */
export function endOf({ hops }) {
  const said = hops.findLast(({ type, says }) => says && /^dev\.mlops\./.test(type));
  return said?.says ?? '';
}
