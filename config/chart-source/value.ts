// What a value of the chart is, and how one is written down: its meaning, an example, its default and how it must look.

interface Described {
  /** One line of Markdown. */
  text: string;
  /** What a value may look like; the test that renders every value sets it. */
  example: unknown;
}

/** How a text must look; a template says so in a sentence, because a schema would only show the pattern. */
interface Form {
  pattern: string;
  expected: string;
  /** Somebody may have put a secret there, so the message does not repeat it. */
  hidden?: true;
}

export type Value = Described &
  (
    | { type: 'string'; default: string; oneOf?: readonly string[]; form?: Form }
    | { type: 'integer'; default: number; least: number; most: number }
    | { type: 'boolean'; default: boolean }
    | { type: 'strings'; default: readonly string[] }
    | { type: 'mapping'; default: Readonly<Record<string, unknown>>; holds: 'texts' | 'resources' | 'anything' }
    /** `needs`: a key that each of them must have. */
    | { type: 'mappings'; default: readonly object[]; needs?: string }
    /** A list of entries with these values. `needs`: those that an entry must have. */
    | { type: 'groups'; default: readonly object[]; each: Values; needs: readonly string[] }
  );

/** A mapping above some values, with the line that stands over it. */
export interface Group {
  text: string;
  values: Values;
}

/** In the order in which values.yaml has them. */
export interface Values {
  readonly [key: string]: Value | Group;
}

export function group(text: string, values: Values): Group {
  return { text, values };
}

export function text(
  text: string,
  example: string,
  { default: usual = '', ...rest }: { default?: string; oneOf?: readonly string[]; form?: Form } = {},
): Value {
  return { type: 'string', text, example, default: usual, ...rest };
}

/** The name of a Secret, a ConfigMap or another object. */
export function objectName(meaning: string, example: string, usual = ''): Value {
  return text(meaning, example, {
    default: usual,
    form: {
      pattern: '^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$',
      expected: "the name of an object in Kubernetes: lower-case letters, digits, '-' and '.'",
    },
  });
}

/** The name of a Secret. */
export function secretName(meaning: string, example: string): Value {
  return text(meaning, example, {
    form: {
      pattern: '^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$',
      expected:
        "the name of a Secret, never what is in it: lower-case letters, digits, '-' and '.' (40 hexadecimal digits are a token of Gitea, not a name)",
      hidden: true,
    },
  });
}

/** Where a Git repository is read from. */
export function gitAddress(meaning: string, example: string): Value {
  return text(meaning, example, {
    form: {
      pattern: '^(https?://[^/?#@\\s]+/[^?#@\\s]+|ssh://[^\\s]+|[^\\s@:/]+@[^\\s@:/]+:[^\\s]+)$',
      expected: 'the address of a Git repository (https:// or ssh), without a password',
    },
  });
}

export function address(meaning: string, example: string): Value {
  return text(meaning, example, {
    form: {
      pattern: '^https?://[^/?#@\\s]+[^?#@\\s]*$',
      expected: 'an address that begins with https:// (or http://) and has no user, password, query or fragment',
    },
  });
}

export function host(meaning: string, example: string): Value {
  return text(meaning, example, {
    form: {
      pattern: '^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$',
      expected: 'a host name, without https:// and without a path',
    },
  });
}

export function integer(
  text: string,
  example: number,
  bounds: { default: number; least: number; most: number },
): Value {
  return { type: 'integer', text, example, ...bounds };
}

export function flag(text: string, usual: boolean): Value {
  return { type: 'boolean', text, example: !usual, default: usual };
}

export function texts(text: string, example: readonly string[], usual: readonly string[]): Value {
  return { type: 'strings', text, example, default: usual };
}

/** Texts by name, such as labels. */
export function mapping(
  text: string,
  example: Readonly<Record<string, unknown>>,
  usual: Readonly<Record<string, string>> = {},
): Value & { type: 'mapping' } {
  return { type: 'mapping', holds: 'texts', text, example, default: usual };
}

/** A list of objects as Kubernetes has them. */
export function mappings(text: string, example: readonly object[]): Value & { type: 'mappings' } {
  return { type: 'mappings', text, example, default: [] };
}

/** A list of entries that have these values. */
export function groups(
  text: string,
  example: readonly object[],
  each: Values,
  needs: readonly string[],
): Value & { type: 'groups' } {
  return { type: 'groups', text, example, each, needs, default: [] };
}

/** The name of the group of a function's values: `giteaSource`. */
export function valueKey(functionName: string): string {
  return functionName.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
}

/** Requests and limits of a container. */
export function resources(memory: string): Value {
  return {
    type: 'mapping',
    holds: 'resources',
    text: 'Requests and limits of the container. There is no CPU limit, because one would make a start from zero several times as long',
    example: { limits: { memory: '768Mi' } },
    default: { requests: { cpu: '50m', memory: '64Mi' }, limits: { memory } },
  };
}
