// What the page's buttons do to the system as a whole: reconcile, and what can go wrong. Real servers are left alone.
import { ActionError, type Actions } from '../../console/action.ts';
import type { RunningSystem } from './system.ts';
import { type ServerName, servers, type Trouble } from './trouble.ts';
import { type NextFault, nextFaults } from './webhook-faults.ts';

const willBe: Record<NextFault, string> = {
  lose: 'will be lost',
  double: 'will be sent twice',
  delay: 'will be delayed',
  reorder: 'will be held back until another one has been sent',
  tamper: 'will be changed on the way',
};

const nameOf: Record<ServerName, string> = {
  gitea: 'Gitea',
  broker: 'The broker',
  registry: 'The registry',
  cluster: 'The cluster',
};

/** `environment`: the one whose label is moved, and about which an event is forged. */
export function createSystemActions(system: RunningSystem, trouble: Trouble, environment: () => string): Actions {
  const { gitea, registry, cluster, functions } = system;
  return {
    async reconcile() {
      // The broker answers when all deliveries have ended; the page does not wait for that.
      void system.ping().catch(() => {});
      return 'A reconcile was asked for';
    },
    async next(fields) {
      const fault = fields.optional('fault');
      if (!gitea.standIn) throw new ActionError('webhooks of a real Gitea are left alone');
      if (fault !== undefined && !(nextFaults as readonly string[]).includes(fault))
        throw new ActionError(`expected one of ${nextFaults.join(', ')}, or nothing`);
      trouble.setNext(fault as NextFault | undefined);
      return `The next webhook ${fault ? willBe[fault as NextFault] : 'is left alone'}`;
    },
    async release() {
      trouble.release();
      return 'The held webhook was let go';
    },
    async down(fields) {
      const server = fields.text('server') as ServerName;
      if (!servers.includes(server)) throw new ActionError(`expected one of ${servers.join(', ')}`);
      if ((server === 'gitea' && !gitea.standIn) || (server === 'registry' && !registry.standIn))
        throw new ActionError('a real server is left alone');
      if (server === 'cluster' && !cluster) throw new ActionError('no cluster stands in');
      await trouble.setDown(server, fields.flag('down'));
      return `${nameOf[server]} ${fields.flag('down') ? 'went down' : 'is back'}`;
    },
    async kill(fields) {
      const name = fields.text('function');
      if (!functions.some((one) => one.name === name && one.process))
        throw new ActionError('no such function runs here');
      trouble.kill(name);
      return `${name} was killed`;
    },
    async 'miss-image'(fields) {
      if (!cluster) throw new ActionError('no cluster stands in');
      const on = fields.flag('on');
      trouble.setMissNext(on);
      return `The next version that is rolled out will have ${on ? 'no' : 'its'} image`;
    },
    async 'push-image'(fields) {
      const uri = fields.text('uri');
      if (!cluster?.standIn.missing().includes(uri)) throw new ActionError('that image is not missing');
      trouble.pushImage(uri);
      return `${uri.split('/').at(-1)} was pushed to the image registry`;
    },
    async colleague() {
      if (!registry.standIn) throw new ActionError('a real registry is left alone');
      return trouble.moveLabel(environment()).catch((error: Error) => {
        throw new ActionError(error.message);
      });
    },
    async 'forge-event'() {
      void trouble.forgeEvent(environment()).catch(() => {});
      return 'Somebody without the signing key sent the broker an event that says Git deploys nothing any more';
    },
  };
}
