// The model registry of a history, whichever it is, in memory and without sockets: what the checks see of it, and what others do
// there. Every write passes a watcher that sees the row before and after it, and who wrote.
import type { Kind, Row as StoredRow, Table } from '../../stand-ins/model-registry/store.ts';
import type { Answer, CallInfo, Request } from './network.ts';

export const registryUrl = 'http://registry.models.svc';

/** As Kubeflow keeps models, versions and artifacts; what another registry has is told in its words. */
export interface Row extends StoredRow {
  /** By which of its names Git means a version, where one may have several, or none because a newer one is called so. */
  names?: readonly string[];
  /** Names that a newer version has now. */
  formerNames?: readonly string[];
}

export interface Rows {
  rows(of: Kind): readonly Row[];
  find(of: Table, id: number): Row | undefined;
  /** Models have aliases. */
  hasAliases?: true;
  /** Keys of a row whose value was written last by a call for which nobody waited any more, where each key is a call. */
  writtenLate?(id: number): ReadonlySet<string>;
}

export interface Writer {
  /** Undefined: a person or the training pipeline. */
  call: CallInfo | undefined;
}

export type OnWrite = (before: Row | undefined, after: Row, writer: Writer) => void;

/** What a person wants to be so on one row. Texts by key; undefined: gone. */
export interface Edit {
  values?: Readonly<Record<string, string | undefined>>;
  description?: string;
  state?: string;
}

export interface Registry {
  /** What the functions are told of it, beside its address. */
  settings: Readonly<Record<string, string>>;
  store: Rows;
  /** `brokenConnections`: those that meet the outage one by one. */
  setDatabase(state: 'up' | 'stopped' | 'recovering' | 'stalled', brokenConnections?: number): void;
  /** As a server: throws NoAnswer where the connection ends. */
  answer(request: Request, writer: Writer): Promise<Answer>;
  /** The model that a request changes, or a part of it. */
  changedBy(request: Request): Row | undefined;
  /** Calls that change something, of one event at most. */
  writesOfAnEvent: number;
  addModel(name: string): Row;
  /** A name that is there already stands for another version where the registry allows that; undefined where it does not. */
  addVersion(model: Row, name: string, properties: Record<string, string>, archived: boolean): Row | undefined;
  addArtifact(version: Row, name: string, uri?: string): void;
  /** A property that was there before anybody looked. */
  put(row: Row, key: string, value: string): void;
  /** As a person does it at the user interface who opened the row `hold` ms before. */
  edit(row: Row, hold: number, edit: Edit): Promise<void>;
  /** Where artifacts can be changed. */
  changeUri?(artifact: Row, uri: string): Promise<void>;
  /** Where models have aliases; undefined: none has it any more. */
  moveAlias?(model: Row, alias: string, version: Row | undefined): Promise<void>;
  /** Where versions can be deleted. */
  remove?(version: Row): Promise<void>;
}

/** What each kind of registry is opened with. */
export interface Opening {
  now: () => number;
  /** Between the read and the write of one change, where real servers lock nothing. */
  pause: (ms?: number) => Promise<void>;
  /** Rows on a page of a list at most. */
  page: number;
}

/** The name without its parent's id, for people. */
export function nameOf({ kind, name }: Row): string {
  return kind === 'RegisteredModel' ? name : name.slice(name.indexOf(':') + 1);
}

/** Whether Git means this version by the name. */
export function isCalled(row: Row, name: string): boolean {
  return namesOf(row).includes(name);
}

export function namesOf(row: Row): readonly string[] {
  return row.names ?? [nameOf(row)];
}

/** Every value of a row by key: custom properties as they are called, everything else after a slash. */
export function valuesOf(row: Row): Map<string, string> {
  const values = new Map<string, string>();
  for (const { name, custom, ...columns } of row.properties) {
    const text = columns.string !== undefined && columns.int === undefined ? columns.string : undefined;
    const plain = text ?? JSON.stringify(columns);
    values.set(custom ? name : `/${name}`, text === undefined ? `other ${plain}` : plain);
  }
  values.set('/name', row.name);
  values.set('/externalId', String(row.externalId));
  values.set('/uri', String(row.uri));
  // A column of artifacts; a property, seen above, of all else.
  if (row.kind === 'ModelArtifact') values.set('/state', String(row.state));
  return values;
}

/** The string property with the value "", which the registry shows as a label. */
export function holds(row: Row, label: string): boolean {
  return row.properties.some(
    ({ name, custom, string, int, double, bool }) =>
      custom && name === label && string === '' && int === undefined && double === undefined && bool === undefined,
  );
}

export function textIn(row: Row, key: string): string | undefined {
  return row.properties.find(({ name, custom }) => custom && name === key)?.string;
}

export function versionsOf(store: Rows, model: Row): Row[] {
  return store.rows('ModelVersion').filter((row) => row.parents.includes(model.id));
}

/** The key among `valuesOf` a model under which the version stands that an alias belongs to. */
export function aliasKey(alias: string): string {
  return `/${aliasProperty(alias)}`;
}

export function aliasProperty(alias: string): string {
  return `alias ${alias}`;
}

/** The version that the alias belongs to. */
export function aliased(store: Rows, model: Row, alias: string): Row | undefined {
  const id = model.properties.find(({ name, custom }) => !custom && name === aliasProperty(alias))?.string;
  return id === undefined ? undefined : store.find('context', Number(id));
}
