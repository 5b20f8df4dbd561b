import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { createGate } from '../../console/access.ts';
import { listen } from '../../console/server.ts';

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
    it(`${status ? 'refuses' : 'welcomes'} ${name}`, () => {
      assert.equal(ask(authorization)?.status, status);
    });

  it('says how to ask for it', () => {
    assert.deepEqual(ask()?.headers, { 'www-authenticate': 'Basic realm="post-deployment", charset="UTF-8"' });
  });

  it('without tokens lets nobody in, and with a header of a proxy whoever has it', () => {
    const closed = createGate({ tokens: () => undefined, userHeader: undefined });
    assert.equal(closed({ headers: { authorization: `Bearer ${tokens[0]}` } })?.status, 401);
    const proxied = createGate({ tokens: () => undefined, userHeader: 'x-user' });
    assert.equal(proxied({ headers: { 'x-user': 'ada' } }), undefined);
    assert.equal(proxied({ headers: { 'x-user': '' } })?.status, 403);
  });

  it('is asked for anew by a page that is open, so that a token that was taken back reads no more', async () => {
    let known = tokens;
    const reach = {
      address: '127.0.0.1',
      access: { tokens: () => known, userHeader: undefined },
      longestStream: 50,
    };
    const routes = {
      token: 'known',
      live: (response: ServerResponse) => void response.writeHead(200).write('data: 1\n\n'),
      inFull: () => undefined,
      actions: {},
    };
    const { port, close } = await listen(routes, 0, reach);
    const read = () => fetch(`http://127.0.0.1:${port}/live`, { headers: { authorization: `Bearer ${tokens[0]}` } });
    try {
      const stream = await read();
      known = [];
      assert.equal(await stream.text(), 'data: 1\n\n');
      assert.equal((await read()).status, 401);
    } finally {
      await close();
    }
  });
});
