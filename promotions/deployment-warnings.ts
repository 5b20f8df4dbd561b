// Warnings about what people may not have meant in a readable deployment file. They quote the values of `version` and `name` and no
// others, and only keys that are nearly `version`. Pure.
import { type Mapping, type Scalar, type Value, valueAt } from './yaml/read-yaml.ts';

/** Sentences about one mapping. `deploys`: it has a version. */
export function warningsOf(mapping: Mapping, deploys: boolean): string[] {
  if (!deploys) return lookalikes(mapping);
  return [...doubledKeys(mapping), ...overriddenKeys(mapping), ...ours.flatMap((key) => turned(mapping, key))];
}

/** Keys that warnings may quote. */
const ours = ['version', 'name'];
const isOurs = (key: string) => ours.includes(key);

function doubledKeys({ doubled }: Mapping): string[] {
  const said = (subject: string, key: string) => {
    const { times, firstLine, lastLine } = doubled.get(key)!;
    const often = times === 2 ? 'twice' : `${times} times`;
    return `${subject} stands ${often} (lines ${firstLine} and ${lastLine}); the last one counts.`;
  };
  const [other, ...more] = [...doubled.keys()].filter((key) => !isOurs(key));
  return [
    ...ours.filter((key) => doubled.has(key)).map((key) => said(`The key \`${key}\``, key)),
    ...(other === undefined ? [] : [said('A key', other)]),
    ...(more.length > 0 ? [`More keys that stand more than once: ${more.length}.`] : []),
  ];
}

function overriddenKeys({ overridden }: Mapping): string[] {
  const known = ours.filter((key) => overridden.has(key)).map((key) => `\`${key}\``);
  if (known.length > 0) return [`A merge key (\`<<\`) overrides ${known.join(' and ')}.`];
  const [line] = overridden.values();
  return line === undefined ? [] : [`A merge key (\`<<\`, line ${line}) overrides keys that stand before it.`];
}

/** An unquoted value that Helm reads as a number or a boolean and renders differently. */
function turned(mapping: Mapping, key: string): string[] {
  const value = valueAt(mapping, key);
  if (value?.kind !== 'scalar' || value.type === 'null' || value.type === 'string' || value.shown === value.written)
    return [];
  return [`Helm reads the unquoted ${key} ${value.written} as ${value.shown}: quote it.`];
}

/** Keys that may have been meant as the missing version. */
function lookalikes(mapping: Mapping): string[] {
  for (const [id, { value, line }] of mapping.entries) {
    const key = id.slice(1);
    if (!id.startsWith('=')) continue;
    const at = `(line ${line}) looks like one`;
    if (saysSomething(value) && key !== 'version' && isNearly(key)) return [`No \`version\`; \`${key}\` ${at}.`];
    if (value.kind !== 'mapping') continue;
    const below = value.entries.get('=version') ?? (key === 'image' ? value.entries.get('=tag') : undefined);
    if (below === undefined || !saysSomething(below.value)) continue;
    const last = below === value.entries.get('=version') ? 'version' : 'tag';
    const named = key === 'model' || key === 'image' ? `\`${key}.${last}\`` : 'a `version` one level deeper';
    return [`No \`version\`; ${named} (line ${below.line}) looks like one.`];
  }
  return [];
}

function saysSomething(value: Value): value is Value & Scalar {
  return value.kind === 'scalar' && value.type !== 'null' && value.written.trim() !== '';
}

/** At most two typing errors, and one unless it starts with v, so that `session` does not count. */
function isNearly(key: string): boolean {
  const text = key.toLowerCase();
  if (Math.abs(text.length - 'version'.length) > 2) return false;
  const slips = distance(text, 'version');
  return slips <= (text.startsWith('v') ? 2 : 1);
}

/** Characters to put in, to leave out or to change (Levenshtein). */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++)
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)));
    row = next;
  }
  return row[b.length]!;
}
