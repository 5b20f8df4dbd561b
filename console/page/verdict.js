// The one line that everything on the page is about: whether the registry equals Git, and the cluster serves it. Pure.
import { count, moment } from './words.js';

/** In this order: what is worst is said. */
const kinds = [
  { state: 'differs', mark: '≠', row: 'differs', one: 'One model differs', many: 'models differ' },
  { state: 'failed', mark: '✕', row: 'failed', one: 'One rollout failed', many: 'rollouts failed' },
  {
    state: 'unclear',
    mark: '?',
    row: 'unknown',
    one: 'The state of one model is unknown',
    many: 'models are in an unknown state',
  },
  {
    state: 'rolling',
    mark: '…',
    row: 'rolling out',
    one: 'One model is being rolled out',
    many: 'models are being rolled out',
  },
];

/** `isAway`: the console itself does not answer. `isClusterDown`: what serves is not observed now. */
export function verdictOf({ overview: { value, error, at }, git, registry }, { isAway, isClusterDown }) {
  const since = at ? `last read at ${moment(at)}` : '';
  if (isAway) return { state: 'unknown', mark: '?', text: 'The console does not answer', more: since };
  if (error) {
    const who = git?.error ? 'Git does not answer' : registry?.error && 'The registry does not answer';
    // Where both are read as one, the error says which it was.
    const more = who ? since || error : [error, since].filter(Boolean).join(' · ');
    return { state: 'unknown', mark: '?', text: who || 'It cannot be read', more };
  }
  if (!value) return { state: 'unknown', mark: '…', text: 'Reading', more: '' };
  const { rows, remarks } = value;
  for (const { state, mark, row, one, many } of kinds) {
    const found = rows.filter((each) => each.state === row);
    if (found.length === 0) continue;
    const models = new Set(found.map(({ model, environment }) => `${environment}/${model}`)).size;
    const names = found
      .slice(0, 3)
      .map(({ model, ...where }) => `${model} (${[where.environment, where.registryName].filter(Boolean).join(', ')})`);
    return {
      state,
      mark,
      text: models === 1 ? one : `${models} ${many}`,
      more: names.join(', ') + (found.length > 3 ? ` and ${found.length - 3} more` : ''),
    };
  }
  const bad = remarks.filter((one) => one.bad).length;
  if (bad > 0)
    return { state: 'unclear', mark: '!', text: 'In sync, as far as it can be read', more: count(bad, 'remark') };
  if (isClusterDown)
    return {
      state: 'unclear',
      mark: '!',
      text: 'Git and registry are in sync',
      more: 'the cluster does not answer, so what serves is as it was seen last',
    };
  const of = (what) => new Set(rows.map((row) => row[what])).size;
  const more = `${count(of('model'), 'model')}, ${count(of('environment'), 'environment')}`;
  return { state: 'same', mark: '✓', text: 'In sync with Git', more };
}
