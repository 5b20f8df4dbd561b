// What `doctor` asks of a Model Registry: which generation it is, and whether the token may write. Changes nothing: the one write that is
// sent is to a model that cannot exist.
import { TryAgainError } from '../../events/errors.ts';
import type { Inspection } from '../registry.ts';
import type { Client } from './client.ts';
import { modelList } from './look-up.ts';
import { readOnePage } from './pages.ts';
import { readModel } from './wire.ts';

/** Ids are rows of one table and fit into 31 bits: the last one is never given out. Not 0, which some databases take for "any". */
const nobody = '2147483647';
/** A name that is in no registry: a server that finds a model by it does not filter. */
const noName = 'post-deployment-doctor:no-such-model';

export function createInspection(client: Client): Inspection {
  return {
    async remarks() {
      const all = await readOnePage(client, modelList, '', 1);
      if (all.items.length === 0)
        return [{ level: 'note', text: 'Its version can be seen only when it holds a model.' }];
      const query = { filterQuery: `name = "${noName}"` };
      const found = await readOnePage(client, { ...modelList, query }, '', 1);
      return found.items.length === 0
        ? [{ level: 'ok', text: 'Its version is v0.3.0 or later: the server filters lists.' }]
        : [
            {
              level: 'note',
              text: 'Its version is before v0.3.0: it ignores filters, so whole lists are read, with more calls.',
            },
          ];
    },

    async mayWrite() {
      try {
        const body = JSON.stringify({ state: 'LIVE' });
        const found = await client.find(
          { method: 'PATCH', route: '/registered_models/{id}', path: { id: nobody }, body },
          readModel,
        );
        if (found === 'none') return { allowed: true };
        throw new TryAgainError('the registry answered a write to a model that is not there as if it were');
      } catch (error) {
        if (!(error instanceof TryAgainError)) throw error;
        return { allowed: false, reason: error.message };
      }
    },
  };
}
