// `npm run load -- [--seconds 60] [--bytes 20000]`: the measurement of overload.ts for a person, as long as one likes. Ends with
// 1 when something acknowledged is lost.
import { parseArgs } from 'node:util';
import { measureOverload, type Phase } from './overload.ts';

const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '60' }, bytes: { type: 'string', default: '20000' } },
});
const { calm, heavy, lost, doubled, acknowledgedBefore, memory, pending, exitCode } = await measureOverload({
  seconds: Number(values.seconds),
  bytes: Number(values.bytes),
});
const mib = (bytes: number) => `${Math.round(bytes / 2 ** 20)} MiB`;
const tell = (name: string, { seconds, ends, offered, handedOn }: Phase) =>
  console.log(
    `${name.padEnd(9)} ${seconds.toFixed(0)} s: ${Math.round(offered)} webhooks/s offered, ${Math.round(handedOn)} events/s handed on, ${JSON.stringify(ends)}`,
  );
tell('calm', calm);
tell('overload', heavy);
console.log(
  `goodput   ${((100 * heavy.handedOn) / calm.handedOn).toFixed(0)} % of the calm one, at ${(heavy.offered / heavy.handedOn).toFixed(1)} times what is taken`,
);
console.log(
  `memory    ${[0.1, 0.5, 0.9].map((part) => mib(memory[Math.floor(memory.length * part)]!)).join(' → ')} (at 10, 50, 90 % of the overload), ${mib(Math.max(...memory))} at most`,
);
console.log(
  `events    ${pending} waited at most, ${acknowledgedBefore} acknowledged after 4 s, ${doubled} doubled, exit code ${exitCode}`,
);
console.log(`lost      ${lost} acknowledged without their event`);
process.exitCode = lost === 0 ? 0 : 1;
