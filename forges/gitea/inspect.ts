// What `doctor` asks of a Gitea or Forgejo: its version, its addresses, and what the token may do. Changes nothing: the one write that is
// sent is refused by every server, and how it is refused is the answer.
import type { Inspection } from '../forge.ts';
import { apiMessage, type Client, type Question } from './client.ts';
import { publicAddress } from './identity.ts';
import { readVersion } from './known.ts';
import { repositoryWire } from './wire.ts';

/** A kind of webhook that no server has: 422 for an administrator with write:repository (measured on three generations). */
const impossible: Question = {
  route: '/hooks',
  method: 'POST',
  body: { type: 'none', active: false, config: {}, events: [] },
  also: [400, 401, 403, 404, 422],
};

export function createInspection(client: Client): Inspection {
  return {
    version: () => readVersion(client),

    async addresses() {
      const asked: Question = { route: '' };
      const answer = client.read(asked, await client.ask(asked), repositoryWire);
      return { asked: answer.html_url, public: publicAddress(answer) };
    },

    async mayWrite() {
      const answer = await client.ask(impossible);
      if (answer.status === 422 || answer.status === 400) return true;
      // Gitea asks for the scope first, and only then who it is.
      const said = answer.status === 403 ? apiMessage(answer) : undefined;
      return said === undefined ? undefined : !/scope/.test(said);
    },
  };
}
