import assert from 'node:assert/strict';
import fc from 'fast-check';
import { plainText } from '../../promotions/plain-text.ts';
import { compareWords, missingStatuses, readWords, type Told, type Word } from '../../promotions/word.ts';

const at = (second: number) => new Date(Date.UTC(2026, 10, 2) + second * 1000).toISOString();
const word = (state: Word['state'], second: number, about = 'jukebox', text = `${about}: ${state}`): Word => ({
  about,
  state,
  observedAt: at(second),
  text,
});

/** What a forge keeps after words came in, one after the other. */
function tell(words: readonly Word[], told: Told[] = []): Told[] {
  for (const one of words) told.push(...missingStatuses(told, one));
  return told;
}
const newest = (words: readonly Word[]) => tell(words).at(-1);

/** Names and sentences as mean as people and registries make them. */
const mean = fc.oneof(
  fc.constantFrom(
    'jukebox',
    'a [b]',
    '3 models: 1 failed. x',
    ']',
    'x [success 2026-11-02T09:30:00.250Z y]',
    ' a ',
    '模型',
    'a\nb',
  ),
  fc.string({ minLength: 1, unit: 'grapheme' }),
);
const words = fc.record({
  about: fc.constantFrom('jukebox', 'tuner', 'a [b] ]', '2 models: 1 done. z'),
  state: fc.constantFrom<Word['state']>('pending', 'failure', 'warning', 'success'),
  observedAt: fc.integer({ min: 0, max: 3 }).map(at),
  text: fc
    .tuple(fc.constantFrom('it', 'the one: [x] '), fc.string({ unit: 'grapheme' }))
    .map((parts) => parts.join('')),
});

describe('words on a commit', () => {
  it('begin with what is on its way and end with what became of it', () => {
    assert.deepEqual(tell([word('pending', 1), word('success', 1)]), [
      { state: 'pending', description: `jukebox: pending [pending ${at(1)} jukebox]` },
      { state: 'success', description: `jukebox: success [success ${at(1)} jukebox]` },
    ]);
  });

  it('are not overtaken by an earlier word, nor told twice', () => {
    const told = tell([word('pending', 1), word('success', 1)]);
    for (const late of [
      word('pending', 1),
      word('failure', 1),
      word('success', 1),
      word('success', 0),
      word('failure', 0),
    ])
      assert.deepEqual(missingStatuses(told, late), [], `${late.state} of ${late.observedAt}`);
    assert.equal(missingStatuses(told, word('pending', 2))[0]?.state, 'pending');
  });

  it('of several models add up: the worst decides, the counts say the rest', () => {
    const told = tell([word('pending', 1), word('pending', 1, 'tuner'), word('success', 1)]);
    assert.deepEqual(told.at(-1), {
      state: 'pending',
      description: `2 models: 1 waiting, 1 done. tuner: pending [pending ${at(1)} tuner]`,
    });
    tell([word('failure', 1, 'tuner', 'tuner: refused. Register it.')], told);
    assert.deepEqual(told.at(-1), {
      state: 'failure',
      description: `2 models: 1 failed, 1 done. tuner: refused. Register it. [failure ${at(1)} tuner]`,
    });
    tell([word('success', 2, 'tuner')], told);
    assert.deepEqual([told.at(-1)?.state, told.at(-1)?.description.slice(0, 16)], ['success', '2 models: 2 done']);
  });

  it('leave the worst on top when another model is fine: its remedy must not vanish', () => {
    const told = tell([word('failure', 1, 'tuner', 'tuner: refused. Register it.'), word('success', 1)]);
    assert.equal(told.at(-1)?.state, 'failure');
    assert.match(told.at(-1)!.description, /tuner: refused\. Register it\./);
    assert.deepEqual([...readWords(told).keys()].sort(), ['jukebox', 'tuner']);
  });

  it('take no notice of what others wrote in the same context, and have the last say', () => {
    const told = tell([word('success', 1)]);
    told.push({ state: 'failure', description: 'by hand [maybe] ' });
    assert.deepEqual(
      missingStatuses(told, word('success', 1)).map(({ state }) => state),
      ['success'],
    );
  });

  it('mend what two writers did at the same time', () => {
    const [a, b] = [missingStatuses([], word('success', 1)), missingStatuses([], word('failure', 1, 'tuner'))];
    const told = [...b, ...a];
    assert.equal(told.at(-1)?.state, 'success');
    told.push(...missingStatuses(told, word('success', 1)));
    assert.equal(told.at(-1)?.state, 'failure');
    assert.deepEqual(missingStatuses(told, word('failure', 1, 'tuner')), []);
  });

  it('come back as they were told, whatever names and sentences hold', () => {
    fc.assert(
      fc.property(mean, mean, fc.constantFrom<Word['state']>('pending', 'success'), (about, text, state) => {
        const one: Word = { about, state, observedAt: at(1), text: `${about}: ${text}` };
        const told = tell([one]);
        const read = readWords(told).get(plainText(about));
        assert.ok(read, told[0]?.description);
        assert.equal(compareWords(read, one), 0);
        assert.doesNotMatch(told[0]!.description.slice(0, -about.length), /\n/);
        assert.deepEqual(missingStatuses(told, one), []);
      }),
    );
  });

  it('hold no link, markup or turned text of anybody', () => {
    const mean = 'https://evil.example/ [x](https://evil.example/) <b>x</b> \u202eabc';
    for (const state of ['pending', 'success'] as const) {
      const told = tell([word(state, 1, mean, `${mean}: done`), word(state, 1, 'tuner')]);
      for (const { description } of told) assert.doesNotMatch(description, /https?:|\]\(|<b|\u202e/);
      assert.deepEqual(missingStatuses(told, word(state, 1, mean, `${mean}: done`)), []);
    }
    // Cut anywhere, it reads the same.
    for (let length = 380; length <= 400; length++) {
      const [status] = tell([word('warning', 1, 'jukebox', `${'x'.repeat(length)} https://evil.example/ <b>`)]);
      assert.deepEqual(missingStatuses([status!], readWords([status!]).get('jukebox')!), []);
    }
  });

  it('stay short', () => {
    const long = word('warning', 1, 'jukebox', '長'.repeat(5_000));
    const [status] = tell([long]);
    assert.ok([...status!.description].length < 500);
    assert.deepEqual(missingStatuses([status!], long), []);
  });

  it('end the same in any order and however often each comes', () => {
    const some = fc.array(words, { minLength: 1, maxLength: 8 });
    const shuffled = some.chain((list) =>
      fc.tuple(
        fc.constant(list),
        fc.shuffledSubarray([...list, ...list], { minLength: list.length, maxLength: 2 * list.length }),
      ),
    );
    fc.assert(
      fc.property(shuffled, ([list, other]) => {
        // A part may be missing in the middle; at the end all have come.
        const [one, two] = [newest(list)!, newest([...other, ...list])!];
        assert.equal(one.state, two.state);
        assert.deepEqual(sorted(readWords(tell(list))), sorted(readWords(tell([...other, ...list]))));
        assert.equal(countsOf(one), countsOf(two));
      }),
      { numRuns: 500 },
    );
  });

  it('of which the newest is always what all of them add up to', () => {
    fc.assert(
      fc.property(fc.array(words, { minLength: 1, maxLength: 8 }), (list) => {
        const told = tell(list);
        const states = [...readWords(told).values()].map(({ state }) => state);
        const worst = (['failure', 'warning', 'pending', 'success'] as const).find((state) => states.includes(state));
        assert.equal(told.at(-1)?.state, worst);
        const last = /\[(\w+) \S+ (.+)\]$/s.exec(told.at(-1)!.description);
        assert.equal(last?.[1], worst);
        assert.ok(told.length <= 2 * list.length);
      }),
    );
  });
});

function sorted(found: Map<string, Word>): [string, Word][] {
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1));
}

function countsOf({ description }: Told): string | undefined {
  return /^\d+ models: [^.]*/.exec(description)?.[0];
}
