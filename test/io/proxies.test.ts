import assert from 'node:assert/strict';
import fc from 'fast-check';
import { createProxyChoice, type Proxies } from '../../io/proxies.ts';

const both: Proxies = { http: 'http://plain.corp.test:3128', https: 'http://secure.corp.test:3129' };
const chosen = (url: string, proxies: Proxies = both) => createProxyChoice(proxies)(new URL(url))?.host;

describe('the proxy for an address', () => {
  it('is that of its scheme, and none where there is none for it', () => {
    assert.equal(chosen('https://git.test/'), 'secure.corp.test:3129');
    assert.equal(chosen('http://git.test/'), 'plain.corp.test:3128');
    assert.equal(chosen('http://git.test/', { https: both.https! }), undefined);
    assert.equal(chosen('https://git.test/', { http: both.http! }), undefined);
  });

  const rows: [no: string, direct: string[], proxied: string[]][] = [
    ['*', ['https://git.test', 'http://10.1.2.3:8080', 'https://[fd00::1]'], []],
    [
      'corp.test',
      ['https://corp.test', 'https://git.corp.test:8443', 'https://GIT.Corp.Test.'],
      ['https://mycorp.test'],
    ],
    ['.corp.test', ['https://git.corp.test', 'https://a.b.corp.test'], ['https://corp.test', 'https://xcorp.test']],
    ['*.corp.test', ['https://git.corp.test'], ['https://corp.test']],
    ['CORP.test.', ['https://git.corp.test'], []],
    ['git.test:8443', ['https://git.test:8443'], ['https://git.test', 'https://git.test:443']],
    ['git.test:443', ['https://git.test'], ['http://git.test', 'https://git.test:8443']],
    ['*:8443', ['https://git.test:8443'], ['https://git.test']],
    ['10.0.0.0/8', ['https://10.255.0.1', 'http://10.1.2.3:8080'], ['https://11.0.0.1', 'https://10.example.test']],
    ['10.1.2.3/32', ['https://10.1.2.3'], ['https://10.1.2.4']],
    ['10.1.2.3', ['https://10.1.2.3:9'], ['https://10.1.2.30', 'https://1.10.1.2']],
    ['10.1.2.3:443', ['https://10.1.2.3'], ['https://10.1.2.3:8443']],
    ['0.0.0.0/0', ['https://192.0.2.1'], ['https://[2001:db8::1]', 'https://git.test']],
    ['fd00::/8', ['https://[fd12::1]:8443'], ['https://[2001:db8::1]', 'https://10.0.0.1']],
    ['2001:0db8::0001', ['https://[2001:db8::1]'], ['https://[2001:db8::2]']],
    ['[2001:db8::1]', ['https://[2001:db8::1]:8443'], []],
    ['[2001:db8::1]:443', ['https://[2001:db8::1]'], ['https://[2001:db8::1]:8443']],
    ['[fd00::/8]:8443', ['https://[fd12::1]:8443'], ['https://[fd12::1]']],
    [' a.test , b.test\tc.test,,', ['https://a.test', 'https://b.test', 'https://c.test'], ['https://d.test']],
    ['10.0.0.0/33,10.0.0.0/x,/8,:80,[', [], ['https://10.0.0.1', 'http://git.test']],
    ['', [], ['https://git.test']],
  ];
  for (const [no, direct, proxied] of rows)
    it(`with NO_PROXY=${no} is asked where it should be`, () => {
      for (const url of direct) assert.equal(chosen(url, { ...both, no }), undefined, url);
      for (const url of proxied) assert.ok(chosen(url, { ...both, no }), url);
    });

  it('is none for Services of the cluster, nor for this machine unless the proxy is on it, too', () => {
    for (const host of [
      'gitea.git.svc',
      'registry.ns.svc.cluster.local:8080',
      'localhost:3000',
      '127.0.0.1',
      '[::1]:3000',
    ])
      assert.equal(chosen(`http://${host}/`), undefined, host);
    const here = { http: 'http://localhost:3128' };
    assert.equal(chosen('http://127.0.0.1:3000/', here), 'localhost:3128');
    assert.equal(chosen('http://127.0.0.1:3000/', { ...here, no: '127.0.0.0/8' }), undefined);
    assert.equal(chosen('http://gitea.git.svc/', here), undefined);
  });

  it('by CIDR is as arithmetic says', () => {
    const address = fc.integer({ min: 0, max: 2 ** 32 - 1 });
    const text = (n: number) => [24, 16, 8, 0].map((shift) => Math.floor(n / 2 ** shift) % 256).join('.');
    fc.assert(
      fc.property(address, fc.integer({ min: 0, max: 32 }), fc.integer({ min: 0, max: 32 }), (base, bits, flip) => {
        // One bit changed, so that both sides of the edge come often.
        const other = flip === 32 ? base : (base ^ (1 << flip)) >>> 0;
        const size = 2 ** (32 - bits);
        const same = Math.floor(base / size) === Math.floor(other / size);
        const proxy = chosen(`https://${text(other)}/`, {
          https: 'http://127.0.0.1:3128',
          no: `${text(base)}/${bits}`,
        });
        assert.equal(proxy === undefined, same);
      }),
    );
  });
});
