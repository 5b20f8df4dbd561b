import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import type { JsonObject } from '../../../events/json-object.ts';
import type { PropertyChange } from '../../../promotions/registry-state.ts';
import { readProperties, writeProperties } from '../../../registries/kubeflow/properties.ts';

const nothing: PropertyChange = { set: {}, remove: [] };

/** Keys of other people, the awkward ones more often than chance would have it. */
const key = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom(
    '__proto__',
    'constructor',
    'prototype',
    'toString',
    'hasOwnProperty',
    'toJSON',
    'prod',
    'prod.commit',
    '',
  ),
);

const jsonText = fc.jsonValue().map((value) => JSON.stringify({ a: value }));

const value = fc.oneof(
  fc.string({ unit: 'binary' }).map((text) => ({ metadataType: 'MetadataStringValue', string_value: text })),
  fc.integer().map((number) => ({ metadataType: 'MetadataIntValue', int_value: String(number) })),
  fc
    .double({ noNaN: true, noDefaultInfinity: true })
    .filter((number) => !Object.is(number, -0))
    .map((number) => ({ metadataType: 'MetadataDoubleValue', double_value: number })),
  fc.boolean().map((flag) => ({ metadataType: 'MetadataBoolValue', bool_value: flag })),
  jsonText.map((text) => ({ metadataType: 'MetadataStructValue', struct_value: text })),
  fc.record({ metadataType: fc.constant('MetadataLaterValue'), later_value: fc.jsonValue() }),
);

/** A map as JSON.parse gives it, where `__proto__` is a key like any other. */
const map = fc
  .uniqueArray(fc.tuple(key, value), { selector: ([name]) => name })
  .map((entries) => JSON.parse(`{${entries.map(([k, v]) => `${JSON.stringify(k)}:${JSON.stringify(v)}`).join(',')}}`));

/** What a server keeps of what it is sent: a struct comes as base64 and is shown as text. */
function kept(sent: JsonObject): JsonObject {
  const shown: JsonObject = Object.create(null);
  for (const [name, property] of Object.entries(JSON.parse(JSON.stringify(sent)) as Record<string, JsonObject>)) {
    const struct = property.metadataType === 'MetadataStructValue';
    shown[name] = struct
      ? { ...property, struct_value: Buffer.from(String(property.struct_value), 'base64').toString('utf8') }
      : property;
  }
  return shown;
}

const entries = (object: object) => Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1));

describe('properties', () => {
  it('writes back every key and every value as it was read', () => {
    fc.assert(
      fc.property(map, (read: JsonObject) => {
        assert.deepEqual(entries(kept(writeProperties(readProperties(read), nothing))), entries(read));
      }),
    );
  });

  it('lays a change over the map and touches nothing else', () => {
    const change = fc.record({
      set: fc.uniqueArray(fc.tuple(key, fc.string()), { selector: ([name]) => name }),
      remove: fc.array(key),
    });
    fc.assert(
      fc.property(map, change, (read: JsonObject, { set, remove }) => {
        const asked: PropertyChange = { set: Object.fromEntries(set), remove };
        const after = new Map(entries(kept(writeProperties(readProperties(read), asked))));
        const expected = new Map(entries(read));
        for (const name of remove) expected.delete(name);
        for (const [name, text] of set) expected.set(name, { metadataType: 'MetadataStringValue', string_value: text });
        assert.deepEqual(entries(Object.fromEntries(after)), entries(Object.fromEntries(expected)));
      }),
    );
  });

  it('keeps the digits of a number in a struct, which a parser would round', () => {
    const text = '{"id":12345678901234567890,"x":1.10}';
    const read = readProperties({ cfg: { metadataType: 'MetadataStructValue', struct_value: text } });
    assert.deepEqual(kept(writeProperties(read, nothing)).cfg, {
      metadataType: 'MetadataStructValue',
      struct_value: text,
    });
  });

  it('leaves a struct alone that the oldest servers give as base64', () => {
    const given = { metadataType: 'MetadataStructValue', struct_value: 'eyJhIjpbMSwyXX0=' };
    assert.deepEqual(writeProperties(readProperties({ cfg: given }), nothing).cfg, given);
  });

  it('sends a struct in the form that the recorded server took', () => {
    const file = new URL('../../fixtures/model-registry/main-postgres/struct-value.json', import.meta.url);
    const { exchanges } = JSON.parse(readFileSync(file, 'utf8'));
    const [created, , , refused, taken] = exchanges;
    assert.deepEqual([refused.response.status, taken.response.status], [400, 200]);
    const sent = writeProperties(readProperties(created.response.body.customProperties), { set: {}, remove: ['prod'] });
    assert.deepEqual({ ...sent }, taken.request.body.customProperties);
  });

  for (const [what, given] of Object.entries({
    'no value': { metadataType: 'MetadataStringValue' },
    null: { metadataType: 'MetadataStringValue', string_value: null },
    'an empty one': { metadataType: 'MetadataStringValue', string_value: '' },
  })) {
    it(`reads a string property with ${what} as a label`, () => {
      assert.deepEqual(readProperties({ prod: given }).get('prod'), { type: 'string', value: '' });
    });
  }

  for (const given of [
    null,
    '',
    [],
    { metadataType: 'MetadataBoolValue', bool_value: false },
    { metadataType: 'MetadataStringValue', string_value: 0 },
    { string_value: '' },
  ]) {
    it(`reads ${JSON.stringify(given)} as no label`, () => {
      assert.deepEqual(readProperties({ prod: given }).get('prod'), { type: 'other', value: given });
    });
  }

  it('reads a map that is not there as empty', () => {
    assert.deepEqual([readProperties(undefined).size, readProperties(null).size], [0, 0]);
  });
});
