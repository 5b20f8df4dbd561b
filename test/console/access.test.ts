import assert from 'node:assert/strict';
import { createGate } from '../../console/access.ts';

const tokens = ['a-token-of-twenty-letters', 'another:of-20-letters'];
const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;

describe('access to the page', () => {
  const gate = createGate({ tokens: () => tokens, userHeader: undefined });
  const ask = (authorization?: string) => gate({ headers: { ...(authorization && { authorization }) } });

  const cases: [string, string | undefined, number | undefined][] = [
    ['a token as password', basic(`ada:${tokens[0]}`), undefined],
    ['one without a name', basic(`:${tokens[0]}`), undefined],
    ['one with a colon in it', basic(`ada:${tokens[1]}`), undefined],
    ['one as Bearer', `Bearer ${tokens[1]}`, undefined],
    ['schemes in any case', basic(`ada:${tokens[0]}`).replace('Basic', 'bAsIc'), undefined],
    ['nothing', undefined, 401],
    ['a name alone', basic(tokens[0]!), 401],
    ['an empty password', basic('ada:'), 401],
    ['the beginning of a token', `Bearer ${tokens[0]!.slice(0, -1)}`, 401],
    ['both tokens at once', `Bearer ${tokens.join(',')}`, 401],
    ['a token as its own scheme', tokens[0], 401],
  ];
  for (const [name, authorization, status] of cases)
    it(`${status ? 'refuses' : 'welcomes'} ${name}`, async () => {
      assert.equal((await ask(authorization))?.status, status);
    });

  it('says how to ask for it', async () => {
    assert.deepEqual((await ask())?.headers, { 'www-authenticate': 'Basic realm="post-deployment", charset="UTF-8"' });
  });

  it('answers five wrong ones, and after these the next one', async () => {
    const statuses = async (n: number) =>
      (await Promise.all(Array.from({ length: n }, () => ask('Bearer wrong')))).map((refusal) => refusal?.status);
    assert.deepEqual(await statuses(7), [401, 401, 401, 401, 401, 429, 429]);
    assert.deepEqual(await statuses(1), [401]);
  });

  it('without tokens lets nobody in, and with a header of a proxy whoever has it', async () => {
    const closed = createGate({ tokens: () => undefined, userHeader: undefined });
    assert.equal((await closed({ headers: { authorization: `Bearer ${tokens[0]}` } }))?.status, 401);
    const proxied = createGate({ tokens: () => undefined, userHeader: 'x-user' });
    assert.equal(await proxied({ headers: { 'x-user': 'ada' } }), undefined);
    assert.equal((await proxied({ headers: { 'x-user': '' } }))?.status, 403);
  });
});
