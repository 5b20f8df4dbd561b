// Stand-ins for Gitea and the registry beside the cluster, at addresses that Pods reach.
import { readFile } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { promote } from '../../local/promote.ts';
import { seedGitea, seedRegistry } from '../../local/seed.ts';
import { createGiteaStandIn } from '../../stand-ins/gitea/index.ts';
import { callJson } from '../../stand-ins/json-call.ts';
import { createModelRegistryStandIn } from '../../stand-ins/model-registry/index.ts';
import { addresses, directory } from './cluster.ts';

/** The model with which Git and the registry begin. */
export const model = 'jukebox';

export interface Places {
  giteaPort?: number;
  registryPort?: number;
  /** Where given, servers are reached by TLS at the names of the workshop below this domain, by the certificate authority of the cluster. */
  appsDomain?: string;
}

/** They listen on loopback; forwarders give them the address of this machine that Pods see. */
export async function startServers({ giteaPort = 3100, registryPort = 3101, appsDomain }: Places = {}) {
  const gitea = await createGiteaStandIn({
    users: [{ login: 'user1', fullName: 'User One', email: 'user1@example.test' }],
    port: giteaPort,
    hosts: ['git.host.test', `gitea-gitea.${appsDomain}`],
    // Pushes come faster than a function that starts answers.
    webhooks: { workers: 8 },
  });
  // In the workshop the functions show the token of their service account.
  const registryOptions = {
    port: registryPort,
    ...(appsDomain === undefined && { token: 'registry-token' }),
    hosts: ['registry.host.test', `user1-prod-registry-rest.${appsDomain}`],
  };
  const registry = await createModelRegistryStandIn(registryOptions);
  const forwarders: Server[] =
    appsDomain === undefined
      ? await Promise.all([giteaPort, registryPort].map(forward))
      : [await terminateTls({ 'gitea-gitea': giteaPort, 'user1-prod-registry-rest': registryPort })];
  const git = { api: `${gitea.url}/api/v1`, token: gitea.token('user1') };
  const models = { api: `${registry.url}/api/model_registry/v1alpha3`, token: 'registry-token' };
  await seedRegistry(models, model);
  const repository = await seedGitea(git, 'mlops-gitops', model);
  return {
    gitea,
    registry,
    git,
    models,
    repository,
    hooks: () => callJson<{ id: number; config: { url: string } }[]>(git, 'GET', `/repos/${repository}/hooks`),
    /** Registers versions of the model that no environment deploys yet. */
    register(...versions: string[]): void {
      const [found] = registry.dump().registeredModels;
      for (const name of versions) registry.addVersion(String(found!.id), { name });
    },
    /**
     * Promotes the version. A push that is not answered in time is sent again, as people do from the webhook's history: a machine
     * that does other work may start a function too slowly for Gitea's 5 s.
     */
    async promote(version: string): Promise<void> {
      const before = gitea.deliveries().length;
      await promote(git, repository, model, version);
      for (;;) {
        await gitea.idle();
        const pushes = gitea
          .deliveries()
          .slice(before)
          .filter(({ payload }) => JSON.parse(payload).ref === 'refs/heads/main');
        if (pushes.some(({ succeeded }) => succeeded)) return;
        gitea.replay(pushes[0]!.uuid);
      }
    },
    /** Whether the version of the model has the label `prod`. */
    isLabelled: (version: string, of = model) => registry.labels()[of]?.[version]?.includes('prod') === true,
    /** The versions of the model with this label. */
    labelled: (label: string) =>
      Object.entries(registry.labels()[model] ?? {})
        .filter(([, labels]) => labels.includes(label))
        .map(([version]) => version)
        .sort(),
    /** Text of a property of a version of the model. */
    property(version: string, key: string): string | undefined {
      type Version = { name: string; customProperties?: Record<string, { string_value?: string }> };
      const found = (registry.dump().modelVersions as unknown as Version[]).filter(({ name }) => name === version);
      return found.map(({ customProperties }) => customProperties?.[key]?.string_value).find(Boolean);
    },
    /** From now on the registry takes this token and no other. */
    setRegistryToken(token: string): void {
      registryOptions.token = token;
      models.token = token;
    },
    /** Of the commit at the head of the watched branch: the newest commit status, of several in one second, too; of one context where it is given. */
    async statusOfHead(of?: string): Promise<string | undefined> {
      const head = gitea.repository(repository).head();
      const path = `/repos/${repository}/commits/${head}/statuses`;
      const all = await callJson<{ id: number; context: string; status: string }[]>(git, 'GET', path);
      return all.filter(({ context }) => of === undefined || context === of).sort((a, b) => b.id - a.id)[0]?.status;
    },
    async close() {
      for (const forwarder of forwarders) forwarder.close();
      await gitea.close();
      await registry.close();
    },
  };
}

export type Servers = Awaited<ReturnType<typeof startServers>>;

function forward(port: number): Promise<Server> {
  const server = createServer((client) => join(client, port));
  return new Promise((resolve) => server.listen(port, addresses.machine, () => resolve(server)));
}

/** Port 443; the first part of the name that the client asks for chooses the server. */
async function terminateTls(ports: Readonly<Record<string, number>>): Promise<Server> {
  const file = (name: string) => readFile(`${directory}/etc/pki/${name}`);
  const options = { key: await file('apps.key'), cert: await file('apps.crt') };
  const server = createTlsServer(options, (client) => {
    const port = ports[String(client.servername).split('.')[0]!];
    if (port === undefined) client.destroy();
    else join(client, port);
  });
  return new Promise((resolve) => server.listen(443, addresses.machine, () => resolve(server)));
}

function join(client: Socket, port: number): void {
  const target = connect(port, '127.0.0.1');
  client.pipe(target).pipe(client);
  client.on('error', () => target.destroy());
  target.on('error', () => client.destroy());
}
