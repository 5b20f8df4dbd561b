// Where more of the same can be put into an input so that it stays what it is: headers, members and elements of JSON, text
// within a string, lines. A door refuses at once what is no longer HTTP or JSON, and then nothing behind it is seen.
import type { Random } from './recipe.ts';

export interface Opening {
  at: number;
  unit: Buffer;
  /** Where the number of each unit may stand in it. */
  counted: number;
  /** For each unit, behind all of them. */
  close: string;
}

const values = ['0', '""', '[]', '{}', 'null', '[{}]', '1e9'];
const brackets = [
  ['[', ']'],
  ['{"a":', '}'],
] as const;

/** Undefined where there is none. `text`: what strings are filled with. */
export function findOpening(input: Buffer, text: Buffer, random: Random): Opening | undefined {
  const source = input.toString('latin1');
  const end = source.indexOf('\r\n\r\n');
  if (end >= 0 && random(3) === 0) return inHead(source.slice(0, end), text, random);
  return (
    inJson(source, end < 0 ? 0 : end + 4, text.toString('latin1'), random) ??
    atLine(source, end < 0 ? 0 : end + 4, text, random)
  );
}

/** An empty line, one like the next one, or one of the text, at the beginning of a line. */
function atLine(source: string, from: number, text: Buffer, random: Random): Opening {
  const starts = [from, ...Array.from(source.slice(from).matchAll(/\n/g), ({ index }) => from + index + 1)];
  const at = starts[random(starts.length)]!;
  const next = source.slice(at).split('\n', 1)[0]!.slice(0, 200);
  const line = ['', '', ' '.repeat(random(4)), next, next.replace(/\S.*$/, '') + text.toString('latin1')][random(5)]!;
  return { at, unit: latin1(`${line}\n`), counted: Math.max(0, line.search(/[^\s-]/)), close: '' };
}

function inHead(head: string, text: Buffer, random: Random): Opening {
  const lines = head.split('\r\n');
  const which = random(lines.length);
  const at = lines.slice(0, which).join('\r\n').length + (which > 0 ? 2 : 0);
  const [name = ''] = lines[which]!.split(':');
  // What HTTP forbids in a header ends in a refusal of Node's own.
  const value = text.toString('latin1').replace(/[^\t\x20-\x7e\x80-\xff]/g, '') || 'a';
  if (random(2) === 0) return { at: at + lines[which]!.length, unit: latin1(value), counted: value.length, close: '' };
  const begin = name.slice(0, name.indexOf('-') + 1) || 'x';
  return { at, unit: latin1(`${begin}: ${value}\r\n`), counted: begin.length, close: '' };
}

function inJson(source: string, from: number, text: string, random: Random): Opening | undefined {
  const places: { at: number; in: 'object' | 'array' | 'string' }[] = [];
  let inString = false;
  for (let i = from; i < source.length; i++) {
    const sign = source[i];
    if (inString) {
      if (sign === '\\') i++;
      else if (sign === '"') inString = false;
      continue;
    }
    inString = sign === '"';
    if (inString) places.push({ at: i + 1, in: 'string' });
    else if (sign === '{') places.push({ at: i + 1, in: 'object' });
    else if (sign === '[') places.push({ at: i + 1, in: 'array' });
  }
  if (places.length === 0) return undefined;
  const { at, in: where } = places[random(places.length)]!;
  const escaped = JSON.stringify(text).slice(1, -1);
  if (where === 'string') return { at, unit: latin1(escaped), counted: escaped.length, close: '' };
  const how = random(4);
  const [open, close] = brackets[random(brackets.length)]!;
  const member = where === 'object' ? `"${random(2) === 0 ? escaped : 'a'}":` : '';
  if (how === 0 && where === 'array') return { at, unit: latin1(open), counted: 0, close };
  // One more of what is there already.
  const copy = how === 1 ? upTo(source, at) : undefined;
  const unit = copy ? `${copy},` : `${member}${values[random(values.length)]},`;
  return {
    at,
    unit: latin1(unit),
    counted: where === 'object' ? unit.indexOf('"', unit.indexOf('"') + 1) : 0,
    close: '',
  };
}

/** The member or element at that place, as far as its end. */
function upTo(source: string, at: number): string | undefined {
  let depth = 0;
  for (let i = at; i < source.length; i++) {
    const sign = source[i]!;
    if (sign === '"') {
      do if (source[i] === '\\') i++;
      while (++i < source.length && source[i] !== '"');
    } else if (depth === 0 && (sign === ',' || sign === '}' || sign === ']')) return source.slice(at, i) || undefined;
    else if (sign === '{' || sign === '[') depth++;
    else if (sign === '}' || sign === ']') depth--;
  }
  return undefined;
}

const latin1 = (text: string) => Buffer.from(text, 'latin1');
