// What a button of the page can have done: by name, with the fields that the page sends.

/** What is wrong with what was asked for, for the person who asked. */
export class ActionError extends Error {
  override name = 'ActionError';
}

/** Each takes the page's fields and resolves with a sentence saying what was done. */
export type Actions = Record<string, (fields: Fields) => Promise<string>>;

export interface Fields {
  /** The text of that name, not empty; throws ActionError. */
  text(name: string): string;
  number(name: string): number;
  flag(name: string): boolean;
  optional(name: string): string | undefined;
}
