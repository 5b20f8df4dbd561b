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
}

export type Value = Described &
  (
    | { type: 'string'; default: string; oneOf?: readonly string[]; form?: Form }
    | { type: 'integer'; default: number; least: number; most: number }
    | { type: 'boolean'; default: boolean }
    | { type: 'strings'; default: readonly string[] }
    | { type: 'mapping'; default: Readonly<Record<string, unknown>> }
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

/** Requests and limits of a container. */
export function resources(memory: string): Value {
  return {
    type: 'mapping',
    text: 'Requests and limits of the container. There is no CPU limit, because one would make a start from zero several times as long',
    example: { limits: { memory: '768Mi' } },
    default: { requests: { cpu: '50m', memory: '64Mi' }, limits: { memory } },
  };
}
