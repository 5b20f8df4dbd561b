// Reads which versions of a model hold a label: one filtered list where the server filters, the whole list where it does not.
import type { Io } from '../../io/io.ts';
import { holdsLabel } from '../../promotions/deployment-record.ts';
import type { RegisteredModel, RegisteredVersion } from '../../promotions/registry-state.ts';
import type { Client } from './client.ts';
import { labelFilter, provesNoFilter } from './filter.ts';
import { filtered, ofModel, versionList } from './look-up.ts';
import { walkAll } from './pages.ts';

export interface HoldersReader {
  /** True once a server of this process was seen to ignore filters. From then on none are sent, so lists are surely whole. */
  sendsWholeLists(): boolean;
  /** `all`: every version of the model; undefined when the server filtered them. */
  read(model: RegisteredModel, label: string): Promise<{ holders: RegisteredVersion[]; all?: RegisteredVersion[] }>;
  /** Learns from a list that was asked for with `labelFilter` whether the server filters. */
  learn(versions: readonly RegisteredVersion[], label: string): void;
}

export function createHoldersReader(client: Client, io: Io): HoldersReader {
  let ignoresFilter = false;

  function learn(versions: readonly RegisteredVersion[], label: string): void {
    if (ignoresFilter || !isUnfiltered(versions, label)) return;
    ignoresFilter = true;
    io.log('info', 'the model registry ignores filterQuery (older than v0.3.0): whole lists are read');
  }

  return {
    sendsWholeLists: () => ignoresFilter,
    async read(model, label) {
      const list = filtered(versionList(model), ignoresFilter ? undefined : labelFilter(label));
      const versions = (await walkAll(client, list)).map((version) => ofModel(model, version));
      const holders = versions.filter(({ properties }) => holdsLabel(properties, label));
      learn(versions, label);
      // Judged by these versions: another model's list may have shown meanwhile that the server ignores filters, while this list was filtered.
      const isWhole = list.query === undefined || isUnfiltered(versions, label);
      return isWhole ? { holders, all: versions } : { holders };
    },
    learn,
  };
}

function isUnfiltered(versions: readonly RegisteredVersion[], label: string): boolean {
  return versions.some(({ properties }) => provesNoFilter(properties, label));
}
