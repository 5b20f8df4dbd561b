// Names the server generations that can be stood in for and says in what they differ. It knows no request and holds no state.

/** `mlmd` is the oldest kind (up to v0.2.18), known from its source only (not its 64-bit ints); all others were recorded. */
export type GenerationName =
  | 'main-postgres'
  | 'main-mariadb'
  | 'v0.3.3-postgres'
  | 'v0.2.21-mariadb'
  | 'v0.2.21-postgres'
  | 'mlmd';

export interface Generation {
  name: GenerationName;
  database: 'postgres' | 'mariadb';
  /** A looked-up name is a LIKE pattern (since v0.3.0). */
  findsByPattern: boolean;
  /** `filterQuery` and `artifactType` count (since v0.3.0). */
  filters: boolean;
  /** A token that cannot be read is a 400; before, the list silently starts again. */
  checksToken: boolean;
  /** "invalid model version ID: …" instead of the bare number error. */
  namesBadIds: boolean;
  /** Words of the messages about a version: "name, parentResourceId" instead of "versionName, registeredModelId". */
  plainFindWords: boolean;
  /** A parse error of a filter carries a hint, and a database's type error is a 400 that hides it. */
  explainsFilterErrors: boolean;
  /** Writing a value clears the columns of its former type; before, an int stays an int under a new string. */
  rewritesWholeValue: boolean;
  /** A write answers with what was sent, not with what is stored. */
  answersFromRequest: boolean;
  /** An artifact needs a version that exists. */
  checksArtifactParent: boolean;
  /** Nested lists fail: the query names tables without the quotes that PostgreSQL needs. */
  cannotListChildren: boolean;
  /** `code` in error bodies. */
  errorCodes: boolean;
  /** Struct values are read as base64 of JSON, the form in which they are written. */
  readsStructsAsBase64: boolean;
  /** 0 is everything in one page. */
  defaultPageSize: number;
  maximumPageSize: number;
  /** A name or externalId that is taken. */
  conflictStatus: 409 | 500;
  /** A version needs a model that exists. */
  checksModel: boolean;
}

const NEWEST: Omit<Generation, 'name' | 'database'> = {
  findsByPattern: true,
  filters: true,
  checksToken: true,
  namesBadIds: true,
  plainFindWords: true,
  explainsFilterErrors: true,
  rewritesWholeValue: true,
  answersFromRequest: false,
  checksArtifactParent: true,
  cannotListChildren: false,
  errorCodes: true,
  readsStructsAsBase64: false,
  defaultPageSize: 0,
  maximumPageSize: Number.POSITIVE_INFINITY,
  conflictStatus: 409,
  checksModel: false,
};

const WITH_FILTERS: typeof NEWEST = {
  ...NEWEST,
  checksToken: false,
  plainFindWords: false,
  explainsFilterErrors: false,
  rewritesWholeValue: false,
};

const WITHOUT_FILTERS: typeof NEWEST = {
  ...WITH_FILTERS,
  findsByPattern: false,
  filters: false,
  namesBadIds: false,
  answersFromRequest: true,
  checksArtifactParent: false,
};

/** Limits of the metadata store behind the oldest kind: 20 by default, 100 at most (its `ListOperationOptions`). */
const METADATA_STORE: typeof NEWEST = {
  ...WITHOUT_FILTERS,
  answersFromRequest: false,
  rewritesWholeValue: true,
  checksArtifactParent: true,
  errorCodes: false,
  readsStructsAsBase64: true,
  defaultPageSize: 20,
  maximumPageSize: 100,
  conflictStatus: 500,
  checksModel: true,
};

export const GENERATIONS: Record<GenerationName, Generation> = {
  'main-postgres': { ...NEWEST, name: 'main-postgres', database: 'postgres' },
  'main-mariadb': { ...NEWEST, name: 'main-mariadb', database: 'mariadb' },
  'v0.3.3-postgres': { ...WITH_FILTERS, name: 'v0.3.3-postgres', database: 'postgres' },
  'v0.2.21-mariadb': { ...WITHOUT_FILTERS, name: 'v0.2.21-mariadb', database: 'mariadb' },
  'v0.2.21-postgres': {
    ...WITHOUT_FILTERS,
    name: 'v0.2.21-postgres',
    database: 'postgres',
    cannotListChildren: true,
  },
  mlmd: { ...METADATA_STORE, name: 'mlmd', database: 'mariadb' },
};
