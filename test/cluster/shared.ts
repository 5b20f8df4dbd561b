// One installation for all journeys of a run.
import { install, isReady, prepare } from './release.ts';
import { type Servers, startServers } from './servers.ts';

let shared: Promise<Servers> | undefined;

/** Installs at the first call in this process and waits until everything is Ready; later calls give the same servers. */
export function installed(): Promise<Servers> {
  shared ??= (async () => {
    const servers = await startServers();
    await prepare(servers);
    await install(servers);
    await isReady(servers);
    return servers;
  })();
  return shared;
}

/** For the test that installs by itself. */
export function share(servers: Servers): void {
  shared = Promise.resolve(servers);
}

after(async () => {
  // What went wrong is the failure of a test already.
  await (await shared?.catch(() => undefined))?.close();
});
