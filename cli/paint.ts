// Text for a terminal: colours, tables, and names made harmless. Whether there is a terminal is decided by main.ts.

const codes = { bold: [1, 22], dim: [2, 22], red: [31, 39], green: [32, 39], yellow: [33, 39] } as const;

export type Paint = Readonly<Record<keyof typeof codes, (text: string) => string>>;

export function createPaint(colours: boolean): Paint {
  const entries = Object.entries(codes).map(([name, [on, off]]) => [
    name,
    colours ? (text: string) => `\u001b[${on}m${text}\u001b[${off}m` : (text: string) => text,
  ]);
  return Object.fromEntries(entries);
}

/** https://no-color.org : set and not empty. FORCE_COLOR is what CI systems that show colours set. */
export function wantsColours(isTerminal: boolean, env: Readonly<Record<string, string | undefined>>): boolean {
  if (env.NO_COLOR) return false;
  if (env.FORCE_COLOR && env.FORCE_COLOR !== '0') return true;
  return isTerminal && env.TERM !== 'dumb';
}

/** Names are other people's text: what a terminal would act on is shown instead of done. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu, (sign) => {
    const point = sign.codePointAt(0)!;
    return point < 0x100 ? `\\x${point.toString(16).padStart(2, '0')}` : `\\u{${point.toString(16)}}`;
  });
}

/** Columns two spaces apart, the last one free. Cells are painted or plain. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, width(cell));
  return rows
    .map((row) =>
      row
        .map((cell, i) => cell + ' '.repeat(widths[i]! - width(cell)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: the colours of createPaint
const painted = /\u001b\[\d+m/g;
/** Two columns wide in terminals: what CJK fonts draw square, and most emoji. */
const wide =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u;

function width(text: string): number {
  let columns = 0;
  for (const sign of text.replace(painted, '')) columns += /\p{M}/u.test(sign) ? 0 : wide.test(sign) ? 2 : 1;
  return columns;
}

/** `2026-11-25 10:14 UTC`: the zone people in several places share. */
export function moment(time: string): string {
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? printable(time) : `${date.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
