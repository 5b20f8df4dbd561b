// Which type a scalar has in Go's library, and which text a Helm template renders for it. Pure.
import { decodeUtf8, Unreadable } from './source.ts';

export interface Resolved {
  type: 'null' | 'bool' | 'int' | 'float' | 'string';
  /** The text that a template renders; of a string also its value. */
  shown: string;
  /** JSON cannot hold it; Helm converts to JSON. */
  noJson?: 'as a value' | 'as a key' | undefined;
}

const yamlTag = 'tag:yaml.org,2002:';
const typed = new Set(['bool', 'int', 'float', 'null', 'timestamp']);

/** `tag` in full or empty; `implicit`: without a tag, the text decides the type. Throws when text and tag disagree. */
export function resolve(text: string, tag: string, implicit: boolean): Resolved {
  const string: Resolved = { type: 'string', shown: text };
  if (tag === '') return implicit ? byText(text) : string;
  if (tag === `${yamlTag}binary`) return { type: 'string', shown: decodeBase64(text) };
  const wanted = tag.startsWith(yamlTag) ? tag.slice(yamlTag.length) : '';
  if (!typed.has(wanted)) return string;
  if (wanted === 'timestamp' && isTimestamp(text)) return string;
  const found = byText(text);
  // An integer may be tagged as a float, unless it needs the sign's bit.
  if (wanted === 'float' && found.type === 'int' && found.noJson === undefined)
    return floatOf(Number(found.shown), text);
  if (found.type !== wanted) throw new Unreadable('a value that is not what its tag says');
  return found;
}

const words = new Map<string, Resolved>();
for (const [shown, spellings] of [
  ['true', 'y Y yes Yes YES true True TRUE on On ON'],
  ['false', 'n N no No NO false False FALSE off Off OFF'],
] as const)
  for (const spelling of spellings.split(' ')) words.set(spelling, { type: 'bool', shown });
for (const spelling of ['', '~', 'null', 'Null', 'NULL'])
  words.set(spelling, { type: 'null', shown: '', noJson: 'as a key' });
for (const [shown, spellings] of [
  ['NaN', '.nan .NaN .NAN'],
  ['+Inf', '.inf .Inf .INF +.inf +.Inf +.INF'],
  ['-Inf', '-.inf -.Inf -.INF'],
] as const)
  for (const spelling of spellings.split(' ')) words.set(spelling, { type: 'float', shown, noJson: 'as a value' });

function byText(text: string): Resolved {
  const word = words.get(text);
  if (word !== undefined) return word;
  const string: Resolved = { type: 'string', shown: text };
  if (text.startsWith('.'))
    return /^\.\d+(_\d+)*([eE][-+]?\d+(_\d+)*)?$/.test(text) ? floatOf(Number(text.replaceAll('_', '')), text) : string;
  if (!/^[-+0-9]/.test(text)) return string;
  // Most numbers: rendered as they are written.
  if (/^(?:0|[1-9]\d{0,5})$/.test(text)) return { type: 'int', shown: text };
  // A timestamp is never a number, so it is a string here.
  const plain = text.replaceAll('_', '');
  return (
    integerOf(plain) ??
    (/^[-+]?(\.\d+|\d+(\.\d*)?)([eE][-+]?\d+)?$/.test(plain) ? floatOf(Number(plain), text) : string)
  );
}

/** An integer of up to 64 bits, in Go's notations. */
function integerOf(plain: string): Resolved | undefined {
  const [, sign = '', digits = ''] =
    /^([-+]?)(0|[1-9]\d*|0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO][0-7]+|0[0-7]+)$/.exec(plain) ?? [];
  if (digits === '') {
    const [, odd, bits] = /^0b([-+])([01]+)$/.exec(plain) ?? [];
    return bits === undefined || bits.replace(/^0*/, '').length > 64 ? undefined : numberOf(odd!, BigInt(`0b${bits}`));
  }
  // More digits cannot be 64 bits, and BigInt would take long.
  if (digits.replace(/^0[xXbBoO]?0*/, '').length > 64) return undefined;
  return numberOf(sign, BigInt(/^0[0-7]/.test(digits) ? `0o${digits}` : digits.toLowerCase()));
}

function numberOf(sign: string, size: bigint): Resolved | undefined {
  const value = sign === '-' ? -size : size;
  if (value < -(2n ** 63n) || value >= (sign === '' ? 2n ** 64n : 2n ** 63n)) return undefined;
  const shown = showFloat(Number(value));
  return { type: 'int', shown, ...(value >= 2n ** 63n && { noJson: 'as a key' }) };
}

function floatOf(value: number, text: string): Resolved {
  return Number.isFinite(value) ? { type: 'float', shown: showFloat(value) } : { type: 'string', shown: text };
}

/** As Go prints a float64: the shortest text, with an exponent from 1,000,000 on and below 0.0001. */
function showFloat(value: number): string {
  if (Object.is(value, -0)) return '-0';
  const [mantissa = '', exponent = '0'] = value.toExponential().split('e');
  const power = Number(exponent);
  if (value === 0 || (power >= -4 && power < 6)) return value.toString();
  return `${mantissa}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`;
}

/** As Go decodes it: with padding, ignoring line breaks; each byte that is not UTF-8 becomes a replacement character. */
function decodeBase64(written: string): string {
  const plain = written.replace(/[\r\n]/g, '');
  if (!/^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(plain))
    throw new Unreadable('a !!binary value that is not base64');
  const bytes = Buffer.from(plain, 'base64');
  let text = '';
  for (let offset = 0; offset < bytes.length; ) {
    const { code, width, reason } = decodeUtf8(bytes, offset);
    text += reason === undefined ? String.fromCodePoint(code) : '\ufffd';
    offset += reason === undefined ? width : 1;
  }
  return text;
}

function isTimestamp(text: string): boolean {
  const [, year, month, day, time] =
    /^(\d{4})-(\d{1,2})-(\d{1,2})((?:[Tt]\d{1,2}:\d{1,2}:\d{1,2}(?:[.,]\d+)?(?:Z|[-+](?:[01]\d|2[0-4]):(?:[0-5]\d|60)))|(?: \d{1,2}:\d{1,2}:\d{1,2}(?:[.,]\d+)?))?$/.exec(
      text,
    ) ?? [];
  if (year === undefined) return false;
  const date = new Date(Date.UTC(2000, Number(month) - 1, Number(day)));
  date.setUTCFullYear(Number(year), Number(month) - 1, Number(day));
  if (date.getUTCMonth() !== Number(month) - 1 || date.getUTCDate() !== Number(day)) return false;
  const [hours = 0, minutes = 0, seconds = 0] = (time?.slice(1).match(/\d+/g) ?? []).map(Number);
  return hours < 24 && minutes < 60 && seconds < 60;
}
