import assert from 'node:assert/strict';
import fc from 'fast-check';
import { memberText } from '../../../stand-ins/broker/json-member.ts';

describe('text of a JSON member', () => {
  it('is what was written, not what it means', () => {
    assert.equal(memberText('{"a":1,"data" : 1.10 , "b":2}', 'data'), '1.10');
    assert.equal(memberText(' {"data":{"data":"}\\""},"c":[ "data" ]} ', 'data'), '{"data":"}\\""}');
    assert.equal(memberText('{"d\\u0061ta":"x"}', 'data'), '"x"');
  });

  it('is the last of several and none of none, as JSON.parse has it', () => {
    assert.equal(memberText('{"data":1,"data":2}', 'data'), '2');
    assert.equal(memberText('{"a":{"data":1}}', 'data'), undefined);
    assert.equal(memberText('{}', 'data'), undefined);
  });

  it('means the same as the member, in any object and any layout', () => {
    const layouts = fc.constantFrom(undefined, 1, '\t', ' \r\n ');
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.jsonValue(), layouts, (others, data, layout) => {
        const text = JSON.stringify({ ...others, data, after: 1 }, null, layout);
        assert.deepEqual(JSON.parse(memberText(text, 'data')!), JSON.parse(JSON.stringify(data)));
      }),
    );
  });
});
