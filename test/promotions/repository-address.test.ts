import assert from 'node:assert/strict';
import fc from 'fast-check';
import { isIdentity, nameIn, otherThan, sameRepository, withName } from '../../promotions/repository-address.ts';

const name = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,8}$/);
const host = fc.constantFrom('git.example.test', 'gitea-http.gitea.svc', '127.0.0.1', '[::1]', 'localhost');
const port = fc.constantFrom('', ':3000', ':8443');
const below = fc.constantFrom('', '/git', '/a/b');
/** Host, port and path of a server; owner and name of a repository. */
const place = fc.record({ host, port, below, owner: name, name });
type Place = { host: string; port: string; below: string; owner: string; name: string };
const address = ({ host, port, below, owner, name }: Place) => `https://${host}${port}${below}/${owner}/${name}`;

/** Ways of writing one address. */
const spelling = fc.record({
  scheme: fc.constantFrom('http', 'https', 'HTTPS'),
  port: fc.constantFrom('', ':80', ':443', ':'),
  end: fc.constantFrom('', '/', '//'),
  upper: fc.boolean(),
});
function spell(
  place: Place,
  { scheme, port, end, upper }: { scheme: string; port: string; end: string; upper: boolean },
) {
  const plain = address({ ...place, port: place.port || port }).slice('https'.length);
  return `${scheme}${upper ? plain.toUpperCase() : plain}${end}`;
}

describe('addresses of repositories', () => {
  it('are the same whatever the scheme, the default port, the case and a slash at the end', () =>
    fc.assert(
      fc.property(place, spelling, spelling, (one, a, b) =>
        assert.ok(sameRepository(spell(one, a), spell(one, b)), `${spell(one, a)} ${spell(one, b)}`),
      ),
    ));

  it('are others with another host, port, path, owner or name', () =>
    fc.assert(
      fc.property(place, place, spelling, spelling, (one, other, a, b) => {
        fc.pre(address(one).toLowerCase() !== address(other).toLowerCase());
        assert.ok(!sameRepository(spell(one, a), spell(other, b)));
      }),
    ));

  it('are compared as they are when they are no addresses', () => {
    assert.ok(sameRepository('Somebody', 'somebody'));
    for (const text of ['', 'a/b', 'git@h:a/b', 'ftp://h/a/b', 'https:///a/b'])
      assert.ok(!sameRepository(text, 'https://h/a/b'), text);
  });

  it('hold a name that can be taken out and put in', () =>
    fc.assert(
      fc.property(place, name, name, (one, owner, other) => {
        assert.equal(nameIn(`${address(one)}/`), `${one.owner}/${one.name}`);
        assert.equal(withName(`${address(one)}/`, `${owner}/${other}`), address({ ...one, owner, name: other }));
      }),
    ));

  it('are each listed once', () => {
    const all = ['https://h/a/b', 'http://H/A/B/', 'https://i/a/b', 'http://i:80/a/b', 'https://i/a/c'];
    assert.deepEqual(otherThan('http://h/a/b/', all), ['https://i/a/b', 'https://i/a/c']);
  });
});

describe('the identity of a repository', () => {
  const identity = {
    url: 'https://git.example.test/acme/fleet',
    alsoAt: ['http://gitea.svc:3000/acme/fleet'],
    id: '7@t',
  };
  for (const [is, why, repository, repositoryId] of [
    [true, 'its public address', 'http://GIT.example.test/acme/fleet/', undefined],
    [true, 'its public address, under another number: it was made anew', 'https://git.example.test/acme/fleet', '8@t'],
    [true, 'the address it is read by', 'http://gitea.svc:3000/acme/fleet', undefined],
    [true, 'another name with its number on its server', 'http://git.example.test/acme/fleet-2', '7@t'],
    [true, 'another owner with its number on its server', 'https://git.example.test/lab/fleet', '7@t'],
    [false, 'another name without a number', 'https://git.example.test/acme/fleet-2', undefined],
    [false, 'another name with another number', 'https://git.example.test/acme/fleet-2', '7@u'],
    [false, 'its name and number on another server', 'https://other.example.test/acme/fleet', '7@t'],
    [false, 'its name and number at another port', 'https://git.example.test:3000/acme/fleet', '7@t'],
    [false, 'its name and number below another path', 'https://git.example.test/git/acme/fleet', '7@t'],
  ] as const) {
    it(`is ${is ? '' : 'not '}${why}`, () => assert.equal(isIdentity(identity, { repository, repositoryId }), is));
  }

  it('is no other one without numbers', () => {
    const { id: _, ...without } = identity;
    const noted = { repository: 'https://git.example.test/acme/fleet-2', repositoryId: undefined };
    assert.equal(isIdentity(without, noted), false);
  });
});
