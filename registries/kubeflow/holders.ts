// Reads which versions of a model hold a label: one filtered list where the server filters; where it does not, the whole
// list once, and after writing only what has changed since.
import { createCache } from '../../io/cache.ts';
import type { Io } from '../../io/io.ts';
import { holdsLabel } from '../../promotions/deployment-record.ts';
import type { RegisteredModel, RegisteredVersion } from '../../promotions/registry-state.ts';
import type { Client } from './client.ts';
import { labelFilter, provesNoFilter } from './filter.ts';
import { filtered, ofModel, versionList } from './look-up.ts';
import { PAGE_SIZE, readOnePage, walkAll } from './pages.ts';
import type { VersionRow } from './wire.ts';

export interface Holders {
  holders: RegisteredVersion[];
  /** Every version of the model; undefined when the server filtered them. */
  all?: RegisteredVersion[];
}

export interface HoldersReader {
  /** True once a server of this process was seen to ignore filters. From then on none are sent, so lists are surely whole. */
  sendsWholeLists(): boolean;
  read(model: RegisteredModel, label: string): Promise<Holders>;
  readAgain(model: RegisteredModel, label: string): Promise<RegisteredVersion[]>;
  /** Records that this process has written the version; `readAgain` has to find it. */
  wrote(version: RegisteredVersion): void;
  /** Learns from the rows of a list that was asked for with `labelFilter` whether the server filters. */
  learn(rows: readonly VersionRow[], label: string): boolean;
}

interface WholeList {
  label: string;
  holders: RegisteredVersion[];
  /** Version id → when it was last written. */
  updated: Map<string, number | undefined>;
  /** Ids that this process has written since. */
  written: Set<string>;
}

/** Whole lists kept for the look after writing, so at most these many models are in work at a time. */
const KEPT = 8;
/** This many unchanged rows under the last changed one end the search for changes, see readChanges. */
const SETTLED = 50;

export function createHoldersReader(client: Client, io: Io): HoldersReader {
  let ignoresFilter = false;
  /** By model id. */
  const kept = createCache<WholeList>(KEPT, () => 1);

  function learn(rows: readonly VersionRow[], label: string): boolean {
    if (!ignoresFilter && rows.some(({ version }) => provesNoFilter(version.properties, label))) {
      ignoresFilter = true;
      io.log('info', 'the model registry ignores filterQuery (older than v0.3.0): whole lists are read');
    }
    return ignoresFilter;
  }

  async function read(model: RegisteredModel, label: string): Promise<Holders> {
    const list = filtered(versionList(model), ignoresFilter ? undefined : labelFilter(label));
    const unfiltered = list.query === undefined;
    const rows = (await walkAll(client, list)).map((row) => ofModel(model, row));
    const holders = holding(rows, label);
    // Judged by these rows: another model's list may have shown meanwhile that the server ignores filters, while this list was filtered.
    const whole = unfiltered || rows.some(({ version }) => provesNoFilter(version.properties, label));
    if (!whole) return { holders };
    learn(rows, label);
    const updated = new Map(rows.map((row) => [row.version.id, row.updated]));
    kept.put(model.id, { label, holders, updated, written: new Set() });
    return { holders, all: rows.map(({ version }) => version) };
  }

  /**
   * The holders now, from the whole list read before and what was written since; undefined when the rows cannot be trusted to
   * show all of that. They can, because every write moves the time of its version: one that has changed has another time than
   * before and stands, newest first, above those that have not. So the rows are enough when
   * - they are sorted, and end the list or end in many unchanged rows (a write that began before the whole list was read and
   *   ended after it has an older time, but not older than all of these);
   * - every version this process has written is among the changed ones: else the server's clock went back, or the row was
   *   skipped between two pages, where rows of the same time can be lost. The page is made large enough for one to do;
   *   only servers that cut it (v0.2.18: 100 rows) give several.
   */
  async function readChanges(model: RegisteredModel, before: WholeList): Promise<RegisteredVersion[] | undefined> {
    const list = { ...versionList(model), query: { orderBy: 'LAST_UPDATE_TIME', sortOrder: 'DESC' } };
    const size = PAGE_SIZE + before.holders.length;
    const changed: VersionRow[] = [];
    let unchanged = 0;
    let last = Number.POSITIVE_INFINITY;
    let next = '';
    do {
      const page = await readOnePage(client, list, next, size);
      for (const item of page.items) {
        const row = ofModel(model, item);
        if (row.updated === undefined || row.updated > last) return undefined;
        last = row.updated;
        unchanged++;
        if (row.updated === before.updated.get(row.version.id)) continue;
        changed.push(row);
        unchanged = 0;
      }
      // A server that does not like a token starts again, so what ends the loop is the count of rows that can have changed.
      if (page.items.length === 0 || changed.length > size) return undefined;
      next = page.next;
    } while (next !== '' && unchanged < SETTLED);
    // By id: a row that comes twice counts once.
    const now = new Map(changed.map((row) => [row.version.id, row]));
    if (![...before.written].every((id) => now.has(id))) return undefined;
    return [...before.holders.filter(({ id }) => !now.has(id)), ...holding([...now.values()], before.label)];
  }

  return {
    sendsWholeLists: () => ignoresFilter,
    read,
    async readAgain(model, label) {
      const before = kept.get(model.id);
      const changed = before?.label === label ? await readChanges(model, before) : undefined;
      return changed ?? (await read(model, label)).holders;
    },
    wrote(version) {
      kept.get(version.modelId)?.written.add(version.id);
    },
    learn,
  };
}

const holding = (rows: readonly VersionRow[], label: string): RegisteredVersion[] =>
  rows.filter(({ version }) => holdsLabel(version.properties, label)).map(({ version }) => version);
