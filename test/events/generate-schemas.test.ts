import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { schemaFiles } from '../../events/generate-schemas.ts';
import type { Broken } from './samples.ts';

describe('published schemas', () => {
  for (const [name, text] of schemaFiles()) {
    it(`${name} is what the code says (else: npx tsx events/generate-schemas.ts)`, () => {
      assert.equal(readFileSync(new URL(`../../events/schemas/${name}`, import.meta.url), 'utf8'), text);
    });
  }

  it('name what is required and what a text looks like', () => {
    const schema = JSON.parse(schemaFiles().get('dev.mlops.model.promoted.v1.schema.json')!) as Broken;
    assert.ok(schema.required.includes('observedAt') && schema.required.includes('serving'));
    assert.match('prod', new RegExp(schema.properties.environment.pattern));
    assert.doesNotMatch('Prod', new RegExp(schema.properties.environment.pattern));
    assert.equal(schema.properties.serving.minItems, 1);
    // Fields to come must not break receivers.
    assert.notEqual(schema.additionalProperties, false);
  });
});
