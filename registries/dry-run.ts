// A registry whose writes are only pretended: what was written is laid over whatever is read afterwards, so that rules which look
// again after writing find what they wrote.
import { holdsLabel } from '../promotions/deployment-record.ts';
import type { Artifact, RegisteredModel, RegisteredVersion } from '../promotions/registry-state.ts';
import type { Registry } from './registry.ts';

/** `registry`: one that was opened with `pretend`. */
export function overlayWrites(registry: Registry): Registry {
  const { artifacts } = registry;
  const models = new Map<string, RegisteredModel>();
  const versions = new Map<string, RegisteredVersion>();
  const uris = new Map<string, string>();

  const version = (read: RegisteredVersion) => versions.get(read.id) ?? read;
  const holders = (read: readonly RegisteredVersion[], label: string, modelId?: string): RegisteredVersion[] => {
    const all = new Map([...read.map((one) => [one.id, version(one)] as const), ...versions]);
    return [...all.values()].filter(
      (one) => (modelId === undefined || one.modelId === modelId) && holdsLabel(one.properties, label),
    );
  };

  return {
    url: registry.url,
    async findModel(name) {
      const read = await registry.findModel(name);
      return read && (models.get(read.id) ?? read);
    },
    async findVersions(model, label, names) {
      const read = await registry.findVersions(model, label, names);
      return {
        holders: label === undefined ? [] : holders(read.holders, label, model.id),
        named: new Map([...read.named].map(([name, one]) => [name, version(one)])),
      };
    },
    holders: async (model, label) => holders(await registry.holders(model, label), label, model.id),
    versions: async (model) => (await registry.versions(model)).map(version),
    models: async () => (await registry.models()).map((read) => models.get(read.id) ?? read),
    allHolders: async (label) => holders(await registry.allHolders(label), label),
    async changeModel(model, change) {
      const written = await registry.changeModel(model, change);
      models.set(written.id, written);
      return written;
    },
    async changeVersion(of, change) {
      const written = await registry.changeVersion(of, change);
      versions.set(written.id, written);
      return written;
    },
    ...(artifacts && {
      artifacts: {
        async of(one: RegisteredVersion) {
          const read = await artifacts.of(one);
          return read.map((artifact) =>
            uris.has(artifact.id) ? { ...artifact, uri: uris.get(artifact.id)! } : artifact,
          );
        },
        async changeUri(artifact: Artifact, uri: string) {
          await artifacts.changeUri(artifact, uri);
          uris.set(artifact.id, uri);
        },
      },
    }),
    ...(registry.changeAlias && {
      async changeAlias(model: RegisteredModel, alias: string, to: RegisteredVersion | undefined) {
        await registry.changeAlias!(model, alias, to);
        const known = models.get(model.id) ?? model;
        const aliases = new Map(known.aliases);
        if (to === undefined) aliases.delete(alias);
        else aliases.set(alias, to.id);
        models.set(model.id, { ...known, aliases });
      },
    }),
    serverTime: () => registry.serverTime(),
  };
}
