// MLflow's filter language as far as it was measured: conditions on attributes and tags, all of which must hold. A text has no escape:
// what follows a backslash or a doubled quote belongs to it, and both stay in it.
import { invalid } from './refusals.ts';

export interface Condition {
  /** A tag's key, or an attribute. */
  key: string;
  isTag: boolean;
  holds(value: string | undefined): boolean;
}

/** As in sqlparse, which reads filters there. */
const TEXT = String.raw`'(?:''|\\'|[^'])*'|"(?:""|\\"|[^"])*"`;
const LIST = String.raw`\(\s*(?:${TEXT})(?:\s*,\s*(?:${TEXT}))*\s*\)`;
const CONDITION = new RegExp(
  String.raw`\s*(?:(?<kind>tags?|attributes?)\.)?(?<key>\w+|\x60[^\x60]*\x60|${TEXT})` +
    String.raw`\s*(?<comparator>=|!=|>=?|<=?|LIKE\b|ILIKE\b|IN\b)\s*(?<value>${TEXT}|${LIST}|-?\d+)\s*(?:(?<and>AND)\b|$)`,
  'iuy',
);

const unquote = (text: string) => (/^['"`]/.test(text) ? text.slice(1, -1) : text);

/** `attributes`: those that may be asked for. `lists`: which of them may be one of a list. */
export function parseFilter(filter: string, attributes: readonly string[], lists: readonly string[]): Condition[] {
  const conditions: Condition[] = [];
  CONDITION.lastIndex = 0;
  while (CONDITION.lastIndex < filter.length) {
    const found = CONDITION.exec(filter);
    if (found === null) throw invalid(`Invalid clause(s) in filter string: ${filter}`);
    conditions.push(readCondition(found.groups!, attributes, lists));
  }
  return conditions;
}

function readCondition(
  { kind = '', key: written, comparator: sign, value }: Record<string, string | undefined>,
  attributes: readonly string[],
  lists: readonly string[],
): Condition {
  const key = unquote(written!);
  const comparator = sign!.toUpperCase();
  const isTag = /^tag/i.test(kind);
  const isNumber = key === 'version_number' && !isTag;
  const isOrder = /[<>]/.test(comparator);
  if (!isTag && !attributes.includes(key)) throw invalid(`Invalid attribute key '${key}' specified.`);
  if (comparator === 'IN') {
    if (isTag || !value!.startsWith('(') || !lists.includes(key)) throw invalid(`No list for ${key}`);
    const wanted = value!.match(new RegExp(TEXT, 'g'))!.map(unquote);
    return { key, isTag, holds: (other) => wanted.includes(other!) };
  }
  if (value!.startsWith('(') || (isOrder && !isNumber) || (!isNumber && /^[-\d]/.test(value!)))
    throw invalid(`Invalid value or comparator for ${key}`);
  const holds = comparison(comparator, unquote(value!));
  return { key, isTag, holds: (other) => other !== undefined && holds(other) };
}

function comparison(comparator: string, wanted: string): (value: string) => boolean {
  if (comparator === '=') return (value) => value === wanted;
  if (comparator === '!=') return (value) => value !== wanted;
  if (comparator === '>') return (value) => Number(value) > Number(wanted);
  if (comparator === '>=') return (value) => Number(value) >= Number(wanted);
  if (comparator === '<') return (value) => Number(value) < Number(wanted);
  if (comparator === '<=') return (value) => Number(value) <= Number(wanted);
  const wildcards: Record<string, string> = { '%': '.*', _: '.' };
  const source = [...wanted].map((char) => wildcards[char] ?? literal(char)).join('');
  const pattern = new RegExp(`^${source}$`, comparator === 'ILIKE' ? 'isu' : 'su');
  return (value) => pattern.test(value);
}

const literal = (char: string) => char.replace(/[\\^$.*+?()[\]{}|/]/, '\\$&');
