// Changes a file a little, as a slip, a merge or a script does. The same seed makes the same changes.

/** Numbers from 0 up to, and without, `below`: mulberry32. */
export function randomNumbers(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

const pieces = [
  ...':-?,[]{}#&*!|>\'"%@`=~<. \t\n\r0179eExX_+aAvnN\\/'.split(''),
  ...': |- |\n|: - |? |, |  |\n  |\n\n|\n- |\n? |\n: |---\n|...\n|\n---\n|<<: |<<: *a|*a|&a |!!str |!!int |!!binary |!!null |! |!x |%YAML 1.1\n|# c\n| #|"\n|\\\n|\\u00e9|version|name|version: 2\n|\nversion: 2|\r\n|[]|{}|: {|: [|},|\u0085|\u2028|\ufeff|é|🚀|\x07|\xa0|.inf|null|~|\'\'|""|>-\n  |&a {version: 3}|{<<: *a}'.split(
    '|',
  ),
  '|',
  '|\n  ',
];

/** One to four changes. `other` lends lines. */
export function mutate(file: Buffer, other: Buffer, random: (below: number) => number): Buffer {
  let text = file.toString('latin1');
  for (let changes = 1 + random(4); changes > 0; changes--) text = change(text, other.toString('latin1'), random);
  return Buffer.from(text, 'latin1');
}

function change(text: string, other: string, random: (below: number) => number): string {
  const at = random(text.length + 1);
  const piece = Buffer.from(pieces[random(pieces.length)]!).toString('latin1');
  const lines = text.split('\n');
  const line = random(lines.length);
  const put = (into: string) => lines.toSpliced(line, 1, ...(into === '' ? [] : [into])).join('\n');
  switch (random(11)) {
    case 0:
    case 1:
    case 2:
      return text.slice(0, at) + piece + text.slice(at);
    case 3:
      return text.slice(0, at) + text.slice(at + 1 + random(3));
    case 4:
      return text.slice(0, at) + piece + text.slice(at + piece.length);
    case 5:
      return put(`${lines[line]}\n${lines[line]}`);
    case 6:
      return put('');
    case 7:
      return put(`${' '.repeat(1 + random(3))}${lines[line]}`);
    case 8:
      return put(lines[line]!.replace(/^ {1,2}/, ''));
    case 9: {
      const lent = other.split('\n');
      return put(`${lines[line]}\n${lent[random(lent.length)]}`);
    }
    default: {
      const from = random(text.length + 1);
      return text.slice(0, at) + text.slice(from, from + 1 + random(12)) + text.slice(at);
    }
  }
}
