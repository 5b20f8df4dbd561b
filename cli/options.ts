// Options of commands, and what their values may be.
import { InvalidArgumentError, Option } from 'commander';

/** Names separated by commas; the option may be repeated. `unset`: what help says when it is not given. */
export function names(flags: string, description: string, unset: string, usual: string[] = []): Option {
  return new Option(flags, description).argParser(readNames).default(usual, unset);
}

export function wholeNumber(flags: string, description: string, least: number, usual: number, most = 9999): Option {
  const read = (text: string) => {
    if (/^\d{1,5}$/.test(text) && Number(text) >= least && Number(text) <= most) return Number(text);
    throw new InvalidArgumentError(`Expected a whole number from ${least} to ${most}.`);
  };
  return new Option(flags, description).argParser(read).default(usual);
}

/** A moment; a day stands for its end. */
export function time(flags: string, description: string): Option {
  return new Option(flags, description).argParser(readTime);
}

function readNames(text: string, before: string[]): string[] {
  const given = text.split(',').map((name) => name.trim());
  if (given.includes('')) throw new InvalidArgumentError('Expected names separated by commas.');
  return [...new Set([...before, ...given])];
}

function readTime(text: string): Date {
  const day = /^\d{4}-\d\d-\d\d$/.test(text);
  const zoned = /(?:Z|[+-]\d\d:?\d\d)$/i.test(text);
  const plain = text.replace(/ UTC$/, 'Z').replace(' ', 'T');
  const date = new Date(day ? `${text}T23:59:59.999Z` : zoned || plain.endsWith('Z') ? plain : `${plain}Z`);
  if (!/^\d{4}-\d\d-\d\d/.test(text) || Number.isNaN(date.getTime()))
    throw new InvalidArgumentError('Expected a time such as 2026-11-02T09:30:00Z, or a day such as 2026-11-02.');
  return date;
}
