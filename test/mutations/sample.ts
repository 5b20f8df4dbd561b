// Nothing runs this: mutants.test.ts lays faults into it.
export interface Sample {
  kind: 'a' | 'b';
}

export async function sample(list: number[], give: (value: number, again: number) => Promise<void>): Promise<number> {
  let last = 0;
  if (list.length > 3) return 7;
  try {
    for (const each of list.filter((value) => value !== 5)) last += each;
  } finally {
    await give(last, list.length);
  }
  console.log('only people read this', { last: last > 1 });
  if (!last) throw new RangeError('as this');
  return Object.keys({ kind: 'a', ...{ last } }).length;
}
