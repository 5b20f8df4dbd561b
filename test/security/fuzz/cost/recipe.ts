// An input that grows: what comes before, a unit so many times, what comes between, its counterpart as often (as brackets
// close), and what comes after. Made from ordinary inputs by chance alone; a seed gives the same recipes again.
import { hostileTexts } from '../hostile.ts';
import { findOpening } from './openings.ts';

export interface Recipe {
  head: Buffer;
  unit: Buffer;
  /** The number of each unit stands in it here, so that none is like another. */
  counted: number | undefined;
  times: number;
  between: Buffer;
  close: Buffer;
  tail: Buffer;
}

export function plainRecipe(input: Buffer): Recipe {
  return { head: input, unit: none, counted: undefined, times: 0, between: none, close: none, tail: none };
}

export function bake({ head, unit, counted, times, between, close, tail }: Recipe): Buffer {
  const units =
    counted === undefined
      ? [Buffer.alloc(unit.length * times, unit)]
      : Array.from({ length: times }, (_, i) => [
          unit.subarray(0, counted),
          Buffer.from(i.toString(36)),
          unit.subarray(counted),
        ]).flat();
  return Buffer.concat([head, ...units, between, Buffer.alloc(close.length * times, close), tail]);
}

/** For people. */
export function tell({ head, unit, counted, times, between, close, tail }: Recipe): string {
  const quote = (bytes: Buffer) => {
    const text = bytes.toString('latin1');
    return JSON.stringify(text.length > 4000 ? `${text.slice(0, 200)} … ${text.slice(-200)}` : text);
  };
  const number = counted === undefined ? '' : `, numbered at ${counted}`;
  const parts = [quote(head), `${quote(unit)} × ${times}${number}`, quote(between), `${quote(close)} × ${times}`];
  return [...parts, quote(tail)].filter((part) => !part.startsWith('""')).join(' + ');
}

export type Random = (below: number) => number;

/** mulberry32. */
export function randomFrom(seed: number): Random {
  let state = seed | 0;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

const none = Buffer.alloc(0);
const signs = [...'{}[]()<>"\'`,:;=&|%#*!?-+._/\\~$^@ \n\r\t0a'].map((sign) => Buffer.from(sign));
/** What one reader or another takes apart, and what breaks out of something. */
const encoded = ['%ff', '%41', '\\u0000', '\\n', '\r\n', '**/', '""', '[]', '{}', '- '].map((text) =>
  Buffer.from(text),
);
const hostile = hostileTexts.filter(isShort).map((text) => Buffer.from(text));
function isShort(text: string): boolean {
  return text.length > 0 && text.length <= 16;
}
const counterparts: Readonly<Record<string, string>> = { '{': '}', '[': ']', '(': ')', '<': '>' };

/** Another one, made of it. `room`: bytes the input may have when it grows at that place. */
export function changed(from: Recipe, random: Random, room: (input: Buffer, at: number) => number): Recipe {
  const grows = from.times > 0;
  const how = random(10);
  if (grows && how < 2) return fitted({ ...from, times: from.times * 2 }, room);
  if (grows && how < 4) return fitted({ ...from, unit: edited(from.unit, random) }, room);
  if (grows && how < 5) return { ...from, between: edited(from.between, random) };
  if (grows && how < 6) return { ...from, tail: edited(from.tail, random) };
  // A new place to grow at; what had grown is small again.
  const base = bake({ ...from, times: Math.min(from.times, 3) });
  if (how === 9) return plainRecipe(edited(base, random));
  const size = 2 ** (6 + random(11)) + random(64);
  const opening = random(2) === 0 ? findOpening(base, someUnit(base, random), random) : undefined;
  const at = opening?.at ?? placeIn(base, random);
  const unit = opening?.unit ?? someUnit(base, random);
  const mirrored = counterparts[String.fromCharCode(unit[0] ?? 0)];
  const close =
    opening !== undefined
      ? Buffer.from(opening.close)
      : random(3) > 0
        ? none
        : mirrored === undefined
          ? piece(base, random)
          : Buffer.from(mirrored);
  return fitted(
    {
      head: base.subarray(0, at),
      unit,
      counted: random(3) === 0 ? (opening?.counted ?? random(unit.length + 1)) : undefined,
      times: Math.ceil(size / (unit.length + close.length)),
      between:
        opening !== undefined
          ? opening.close === ''
            ? none
            : Buffer.from('0')
          : random(3) === 0
            ? piece(base, random)
            : none,
      close,
      tail: base.subarray(opening !== undefined || random(2) === 0 ? at : Math.min(base.length, at + random(40))),
    },
    room,
  );
}

/**
 * The plainest of all, tried before chance has its way: each sign over and over somewhere in an ordinary input, then more of
 * the same in each of these, twice, then what readers take apart at the end of lines. Undefined: all of that was tried.
 */
export function swept(
  run: number,
  seeds: readonly Recipe[],
  random: Random,
  room: (input: Buffer, at: number) => number,
): Recipe | undefined {
  const [bySign, bySeed] = [signs.length, 2 * seeds.length];
  const grown = ({ head }: Recipe, at: number, unit: Buffer, close: string) =>
    fitted(
      {
        ...plainRecipe(head.subarray(0, at)),
        unit,
        close: Buffer.from(close),
        times: 2 ** 15,
        tail: head.subarray(at),
      },
      room,
    );
  const any = seeds[random(seeds.length)]!;
  const sign = signs[run % signs.length]!;
  if (run <= bySign) return grown(any, placeIn(any.head, random), sign, '');
  if (run <= bySign + bySeed) {
    const seed = seeds[run % seeds.length]!;
    const found = findOpening(seed.head, sign, random);
    return found && grown(seed, found.at, found.unit, found.close);
  }
  if (run > bySign + bySeed + 8 * encoded.length) return undefined;
  const ends = [...any.head.toString('latin1').matchAll(/\r?\n|$/g)].slice(0, 12).map(({ index }) => index);
  const unit = Buffer.concat([encoded[run % encoded.length]!, Buffer.from('a')]);
  return grown(any, ends[random(ends.length)]!, unit, '');
}

/** As often as there is room for it. */
export function fitted(recipe: Recipe, room: (input: Buffer, at: number) => number): Recipe {
  const { head, unit, counted, between, close, tail, times } = recipe;
  const once = unit.length + close.length + (counted === undefined ? 0 : 4);
  const fixed = Buffer.concat([head, between, tail]);
  return {
    ...recipe,
    times: Math.max(1, Math.min(times, Math.floor((room(fixed, head.length) - fixed.length) / once))),
  };
}

function someUnit(base: Buffer, random: Random): Buffer {
  return Buffer.concat(Array.from({ length: Math.max(1, random(4)) }, () => piece(base, random)));
}

/** A piece of the input between two of its signs, a sign, or any byte. */
function piece(base: Buffer, random: Random): Buffer {
  const kind = random(8);
  if (kind === 0) return Buffer.from([random(256)]);
  if (kind < 4 || base.length === 0) return signs[random(signs.length)]!;
  if (kind === 4 || kind === 6) return encoded[random(encoded.length)]!;
  if (kind === 5) return hostile[random(hostile.length)]!;
  const from = placeIn(base, random);
  let to = from + 1;
  for (let signsLeft = 1 + random(4); to < base.length && to - from < 200; to++)
    if (isSign(base[to]!) && --signsLeft === 0) break;
  return from < base.length ? base.subarray(from, to + random(2)) : signs[random(signs.length)]!;
}

/** Mostly where something ends or begins. */
function placeIn(base: Buffer, random: Random): number {
  const anywhere = random(base.length + 1);
  if (random(4) === 0) return anywhere;
  for (let at = anywhere; at < base.length; at++) if (isSign(base[at]!)) return at + random(2);
  return base.length;
}

/** ASCII that is no letter and no digit. */
function isSign(byte: number): boolean {
  return byte < 0x30 || (byte > 0x39 && byte < 0x41) || (byte > 0x5a && byte < 0x61) || (byte > 0x7a && byte < 0x80);
}

function edited(bytes: Buffer, random: Random): Buffer {
  const at = placeIn(bytes, random);
  const cut = random(3) === 0 ? random(Math.min(bytes.length, 60) + 1) : 0;
  const put = random(4) === 0 && cut > 0 ? none : piece(bytes, random);
  const all = Buffer.concat([bytes.subarray(0, at), put, bytes.subarray(at + cut)]);
  return all.length === 0 ? bytes : all;
}
