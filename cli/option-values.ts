// What the values of options may be.
import { InvalidArgumentError } from 'commander';

/** Also given several times. */
export function names(text: string, before: string[] = []): string[] {
  const given = text.split(',').map((name) => name.trim());
  if (given.includes('')) throw new InvalidArgumentError('Expected names separated by commas.');
  return [...new Set([...before, ...given])];
}

/** A day is its end. */
export function time(text: string): Date {
  const day = /^\d{4}-\d\d-\d\d$/.test(text);
  const zoned = /(?:Z|[+-]\d\d:?\d\d)$/i.test(text);
  const plain = text.replace(/ UTC$/, 'Z').replace(' ', 'T');
  const date = new Date(day ? `${text}T23:59:59.999Z` : zoned || plain.endsWith('Z') ? plain : `${plain}Z`);
  if (!/^\d{4}-\d\d-\d\d/.test(text) || Number.isNaN(date.getTime()))
    throw new InvalidArgumentError('Expected a time such as 2026-11-02T09:30:00Z, or a day such as 2026-11-02.');
  return date;
}

export function count(text: string): number {
  if (!/^[1-9]\d{0,3}$/.test(text)) throw new InvalidArgumentError('Expected a whole number from 1 to 9999.');
  return Number(text);
}

export function interval(text: string): number {
  const value = seconds(text);
  if (value === 0) throw new InvalidArgumentError('Expected at least 1 second.');
  return value;
}

export function seconds(text: string): number {
  if (!/^\d{1,4}$/.test(text)) throw new InvalidArgumentError('Expected a whole number of seconds.');
  return Number(text);
}
