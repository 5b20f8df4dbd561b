// The lines of an answer that goes on for minutes, each as soon as it has come.
import type { Readable } from 'node:stream';
import { NoAnswer, tooLargeText } from './failures.ts';

/** Without their line ends; empty ones are left out. Throws NoAnswer for a line of more than `maxBytes`, and what the stream throws. */
export async function readLines(stream: Readable, maxBytes: number, onLine: (line: string) => void): Promise<void> {
  let begun: Buffer[] = [];
  let bytes = 0;
  const take = (part: Buffer) => {
    begun.push(part);
    bytes += part.length;
    if (bytes > maxBytes) throw new NoAnswer(tooLargeText(maxBytes));
  };
  const end = () => {
    const line = Buffer.concat(begun).toString('utf8');
    [begun, bytes] = [[], 0];
    if (line !== '') onLine(line);
  };
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    let from = 0;
    for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, from)) {
      take(chunk.subarray(from, at));
      end();
      from = at + 1;
    }
    take(chunk.subarray(from));
  }
  end();
}
