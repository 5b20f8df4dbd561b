// Text for a terminal: colours, tables, wrapping, and control characters made visible.
import { styleText } from 'node:util';

const styles = ['bold', 'dim', 'red', 'green', 'yellow'] as const;

export type Colour = (typeof styles)[number];

export interface Paint extends Readonly<Record<Colour, (text: string) => string>> {
  /** Width in columns; Infinity where the output is no terminal. */
  readonly columns: number;
}

/** `columns` is called each time, because a window can be resized. */
export function createPaint(colours: boolean, columns: () => number | undefined): Paint {
  const entries = styles.map((style) => [
    style,
    (text: string) => (colours ? styleText(style, text, { validateStream: false }) : text),
  ]);
  return Object.defineProperty(Object.fromEntries(entries), 'columns', {
    // A terminal that does not know its size reports 0.
    get: () => columns() || Number.POSITIVE_INFINITY,
  });
}

/** https://no-color.org : set and not empty. FORCE_COLOR is what CI systems that show colours set. */
export function wantsColours(isTerminal: boolean, env: Readonly<Record<string, string | undefined>>): boolean {
  if (env.NO_COLOR) return false;
  if (env.FORCE_COLOR && env.FORCE_COLOR !== '0') return true;
  return isTerminal && env.TERM !== 'dumb';
}

/** Names are written by others: control characters, on which a terminal would act, are made visible. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu, (sign) => {
    const point = sign.codePointAt(0)!;
    return point < 0x100 ? `\\x${point.toString(16).padStart(2, '0')}` : `\\u{${point.toString(16)}}`;
  });
}

/** Columns. Words up to the first are not broken if possible; no column becomes narrower than the second. */
const [wordWidth, narrowest] = [12, 8];

/**
 * Columns two spaces apart; the first row has the titles. Cells may have colours. Where it is too wide, the widest columns are
 * wrapped; where that is not enough, every row becomes lines of title and value.
 */
export function table(rows: readonly (readonly string[])[], columns = Number.POSITIVE_INFINITY): string {
  const widths: number[] = [];
  const words: number[] = [];
  for (const row of rows)
    for (const [i, cell] of row.entries()) {
      widths[i] = Math.max(widths[i] ?? 0, width(cell));
      words[i] = Math.max(words[i] ?? 0, ...cell.split(' ').map(width));
    }
  const whole = words.map((word) => Math.min(Math.max(word, narrowest), wordWidth));
  const least = words.map(() => narrowest);
  const shrunk = shrink(widths, whole, columns) ?? shrink(widths, least, columns);
  return shrunk ? rows.flatMap((row) => lines(row, shrunk)).join('\n') : records(rows, columns);
}

/** A table for a terminal, with dim titles. */
export function titledTable(paint: Paint, titles: readonly string[], rows: readonly (readonly string[])[]): string {
  return table([titles.map(paint.dim), ...rows], paint.columns);
}

/** Narrows the widest columns first, none below its least; undefined if that is not enough. */
function shrink(widths: readonly number[], least: readonly number[], columns: number): number[] | undefined {
  const left = [...widths];
  while (left.reduce((sum, one) => sum + one + 2, -2) > columns) {
    const widest = Math.max(...left.filter((one, i) => one > least[i]!));
    if (widest < 0) return undefined;
    left[left.findLastIndex((one, i) => one === widest && one > least[i]!)] = widest - 1;
  }
  return left;
}

function lines(row: readonly string[], widths: readonly number[]): string[] {
  const cells = row.map((cell, i) => wrap(cell, widths[i]!));
  const height = Math.max(...cells.map(({ length }) => length));
  return Array.from({ length: height }, (_, line) =>
    cells
      .map((cell, i) => (cell[line] ?? '') + ' '.repeat(widths[i]! - width(cell[line] ?? '')))
      .join('  ')
      .trimEnd(),
  );
}

function records([titles = [], ...rows]: readonly (readonly string[])[], columns: number): string {
  const left = Math.max(...titles.map((title) => width(title.trim())));
  return rows
    .map((row) =>
      row
        .flatMap((cell, i) => lines([titles[i]!.trim(), cell.trim()], [left, Math.max(1, columns - left - 2)]))
        .join('\n'),
    )
    .join('\n\n');
}

/** Wraps every line to the columns; continuation lines are indented. */
export function within(text: string, columns: number): string {
  return text
    .split('\n')
    .flatMap((line) => {
      if (width(line) <= columns) return [line];
      const start = /^ *(?:[→+-] )?/.exec(line.replace(painted, ''))![0].length;
      const indent = start >= columns / 2 ? 0 : Math.max(start, 2);
      const [first = '', ...rest] = wrap(line, columns, columns - indent);
      return [first, ...rest.map((one) => ' '.repeat(indent) + one)];
    })
    .join('\n');
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: the colours of createPaint
const painted = /\u001b\[\d+m/g;
const graphemes = new Intl.Segmenter();
/** Two columns wide in terminals: what CJK fonts draw square, and most emoji. */
const wide =
  /[\u1100-\u115f\u2e80-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{16fe0}-\u{1b2ff}\u{20000}-\u{3fffd}]|\ufe0f|\p{Emoji_Presentation}/u;

/** Columns that a terminal needs for the text. */
export function width(text: string): number {
  const plain = text.replace(painted, '');
  if (/^[\x20-\x7e]*$/.test(plain)) return plain.length;
  let columns = 0;
  for (const { segment } of graphemes.segment(plain)) columns += widthOf(segment);
  return columns;
}

/** Of one grapheme. */
function widthOf(segment: string): number {
  if (wide.test(segment)) return 2;
  return /^\p{M}+$/u.test(segment) ? 0 : 1;
}

/** Breaks at spaces if possible, else anywhere. Colours stay where they are. */
function wrap(text: string, first: number, rest = first): string[] {
  if (width(text) <= first) return [text];
  const found: string[] = [];
  let line = '';
  const space = () => (found.length === 0 ? first : rest);
  for (const word of text.split(/(?<=[^ ] )(?! )/)) {
    if (width(line) + width(word.trimEnd()) <= space()) {
      line += word;
      continue;
    }
    if (line.trim() !== '') {
      found.push(line.trimEnd());
      line = '';
    }
    for (const piece of pieces(word)) {
      if (line !== '' && width(line) + width(piece) > space() && piece !== ' ') {
        found.push(line);
        line = '';
      }
      line += piece;
    }
  }
  return [...found, line.trimEnd()];
}

/** Graphemes, and the colours between them whole. */
function pieces(text: string): string[] {
  return text
    .split(new RegExp(`(${painted.source})`))
    .flatMap((part) =>
      part.startsWith('\u001b') ? [part] : [...graphemes.segment(part)].map(({ segment }) => segment),
    );
}

/** `2026-11-25 10:14 UTC`. */
export function moment(time: string): string {
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? printable(time) : `${date.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

/** The first names, and how many more there are. */
export function shortList(names: readonly string[], most: number): string {
  if (names.length <= most) return names.join(', ');
  return `${names.slice(0, most).join(', ')} and ${names.length - most} more`;
}

export function plural(count: number, one: string): string {
  return `${count} ${one}${count === 1 ? '' : 's'}`;
}
