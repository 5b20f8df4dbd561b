import assert from 'node:assert/strict';
import { isEnvironmentName } from '../../promotions/environment-name.ts';

describe('isEnvironmentName', () => {
  it('takes names of a-z, 0-9 and -', () => {
    for (const name of ['prod', 'test', 'pre-prod', '2', 'eu-1', 'a-', 'proto', 'states'])
      assert.ok(isEnvironmentName(name), name);
  });

  it('leaves everything that could break a property key or a filter', () => {
    for (const name of ['', '-a', 'Prod', 'pre_prod', 'a.b', 'a b', 'prod\n', 'ü', '__proto__', 'a/b'])
      assert.ok(!isEnvironmentName(name), JSON.stringify(name));
  });

  it('leaves the fields that a registry has of its own', () => {
    for (const name of ['id', 'name', 'state', 'author', 'description', 'externalId', 'customProperties'])
      assert.ok(!isEnvironmentName(name), name);
  });
});
