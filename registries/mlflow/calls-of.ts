// In which order the tags of one change are written, so that a change that was cut short is seen by whoever plans it again. Pure.
import { holdsLabel } from '../../promotions/deployment-record.ts';
import type { Properties, PropertyChange } from '../../promotions/registry-state.ts';

/** One tag: its key, and its value; undefined: it is removed. */
type Call = readonly [key: string, value: string | undefined];

/**
 * First goes what completes the rest, then what is to be removed. Labels are set before what belongs to them, and removed after it:
 * whatever holds a label is looked at again. What completes the rest is set when the rest is there.
 */
export function callsOf(properties: Properties, { set, remove, completes }: PropertyChange): Call[] {
  const values = Object.entries(set);
  const [labels, others] = [values.filter(([, value]) => value === ''), values.filter(([, value]) => value !== '')];
  const last = others.filter(([key]) => key === completes);
  const removed = (keys: readonly string[]): Call[] => keys.map((key) => [key, undefined]);
  return [
    ...removed(last.map(([key]) => key).filter((key) => properties.has(key))),
    ...removed(remove.filter((key) => !holdsLabel(properties, key))),
    ...labels,
    ...others.filter(([key]) => key !== completes),
    ...last,
    ...removed(remove.filter((key) => holdsLabel(properties, key))),
  ];
}
