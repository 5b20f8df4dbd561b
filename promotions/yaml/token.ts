// The tokens of a YAML file. Has no behaviour.

export type Token =
  | { type: Sign; line: number }
  | { type: 'anchor' | 'alias'; name: string; line: number }
  /** `handle` is empty when `suffix` is the whole tag. */
  | { type: 'tag'; handle: string; suffix: string; line: number }
  | { type: 'scalar'; text: string; style: 'plain' | 'quoted' | 'block'; line: number }
  | { type: 'version directive'; version: string; line: number }
  | { type: 'tag directive'; handle: string; prefix: string; line: number };

/** A token without a value. */
export type Sign =
  | 'document start'
  | 'document end'
  | 'file end'
  | 'block sequence'
  | 'block mapping'
  | 'block end'
  | '['
  | ']'
  | '{'
  | '}'
  | ','
  | '-'
  | 'key'
  | 'value';
