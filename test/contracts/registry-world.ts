// The registries that the contract suite runs over, and how each is filled: by its own REST, because that is what a stand-in and a real
// server both have.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { Http } from '../../io/io.ts';
import type { PropertyChange, RegisteredModel } from '../../promotions/registry-state.ts';
import type { Registry, RegistryAdapter, RegistryOptions } from '../../registries/registry.ts';
import type { Faults } from '../../stand-ins/registry-faults.ts';
import type { RegistryServer } from '../../stand-ins/registry-server.ts';
import { testIo } from '../registries/kubeflow/world.ts';

export type Json = Record<string, unknown>;
export type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE';

export interface SeedVersion {
  name: string;
  /** Texts; an empty one is a label. */
  properties?: Readonly<Record<string, string>>;
}

/** What every registry can be asked, in one way. */
export interface World {
  /** A model name that no other test has used; real servers may have no DELETE. */
  unique(name: string): string;
  adapter(): Registry;
  /** Calls that adapters have made so far. */
  calls(): number;
  /** Rows that make lists of several pages. */
  readonly severalPages: number;
  /** False: the registry does not take that name, or thinks that it has it. */
  addModel(name: string, properties?: SeedVersion['properties'], versions?: readonly SeedVersion[]): Promise<boolean>;
  addVersion(model: string, version: SeedVersion): Promise<boolean>;
  /** What somebody else does. */
  change(model: string, version: string, change: PropertyChange): Promise<unknown>;
  /** All that the registry says of a model, or of a version of it, but for the times of changes. */
  shown(model: string, version?: string): Promise<Json>;
  /** Undefined for a real server. */
  faults: Faults | undefined;
  close(): Promise<void>;
}

/** What all worlds are made of. */
export interface Ground extends Pick<World, 'unique' | 'adapter' | 'calls' | 'faults' | 'close'> {
  /** The JSON of an answer; fails when the status is not 2xx. */
  rest(method: Method, path: string, body?: Json): Promise<Json>;
}

export interface Place {
  adapter: RegistryAdapter;
  options: RegistryOptions;
  /** What ends with the world. */
  standIn?: RegistryServer;
  close?: () => Promise<void>;
}

/** Of a real server, by variables of the environment. */
export function placeOf(url: string, api: string): RegistryOptions {
  const { MODEL_REGISTRY_API = api, MODEL_REGISTRY_TOKEN: token, MODEL_REGISTRY_CA_FILE: file } = process.env;
  const ca = file === undefined ? undefined : readFileSync(file, 'utf8');
  return { url, api: MODEL_REGISTRY_API, token: () => token, ca: () => ca };
}

export function openGround({ adapter, options, standIn, close }: Place): Ground {
  const io = testIo();
  const run = Math.random().toString(36).slice(2, 8);
  let count = 0;
  let own = 0;
  const counting: Http = (request) => {
    count++;
    return io.api(request);
  };

  async function rest(method: Method, path: string, body?: Json): Promise<Json> {
    own++;
    const token = options.token();
    const ca = options.ca();
    const response = await io.api({
      method,
      url: `${options.url.replace(/\/+$/, '')}${options.api}${path}`,
      headers: {
        'content-type': 'application/json',
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(ca === undefined ? {} : { ca }),
      timeoutMs: 200_000,
    });
    assert.ok([200, 201].includes(response.status), `${method} ${path}: ${response.status} ${response.body}`);
    return JSON.parse(response.body.toString('utf8'));
  }

  return {
    unique: (name) => `${name}.${run}`,
    adapter: () => adapter.open(options, { ...io, api: counting }),
    // The stand-in's own log where there is one: it would show a repeat that the client made by itself.
    calls: () => (standIn === undefined ? count : standIn.calls.length - own),
    rest,
    faults: standIn?.faults,
    close: async () => {
      await standIn?.close();
      await close?.();
    },
  };
}

/** Whether it was done. */
export const done = (work: Promise<unknown>): Promise<boolean> =>
  work.then(
    () => true,
    () => false,
  );

/** The model of that name, which is there. */
export async function foundIn(registry: Registry, name: string): Promise<RegisteredModel> {
  const model = await registry.findModel(name);
  assert.ok(model, `model ${name}`);
  return model;
}
