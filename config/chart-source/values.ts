// All values of the chart. chart/values.yaml, chart/values.schema.json and the table in chart/README.md are generated from them
// (render.ts), so that a value has one name, one default and one meaning.
import { consolePage } from './console-values.ts';
import { installation } from './installation-values.ts';
import { platform } from './platform-values.ts';
import { running } from './running-values.ts';
import { servers } from './server-values.ts';
import type { Value, Values } from './value.ts';
import { workshop } from './workshop-values.ts';

export const values: Values = { ...installation, ...servers, ...running, ...consolePage, ...platform, ...workshop };

/** A value with its place: `gitea.url`. */
export type Row = Value & { path: string };

export const rows: readonly Row[] = flat(values);

export function flat(values: Values, above = ''): Row[] {
  return Object.entries(values).flatMap(([key, one]) =>
    'values' in one ? flat(one.values, `${above}${key}.`) : [{ ...one, path: above + key }],
  );
}
