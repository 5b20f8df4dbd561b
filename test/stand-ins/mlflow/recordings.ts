// The recordings of real servers: test/fixtures/mlflow/<version>.json, an exchange a line.
//
//   node --import tsx test/stand-ins/mlflow/recordings.ts http://127.0.0.1:5000     records anew, from a server that holds nothing
import { readFileSync, writeFileSync } from 'node:fs';
import { argv } from 'node:process';
import { pathToFileURL } from 'node:url';
import { ask, type Recording } from './requests.ts';

const file = (version: string) => new URL(`../../fixtures/mlflow/${version}.json`, import.meta.url);

export function recordingsOf(version: string): Recording[] {
  return JSON.parse(readFileSync(file(version), 'utf8'));
}

if (import.meta.url === pathToFileURL(argv[1]!).href) {
  const url = argv[2]!;
  const version = await (await fetch(`${url}/version`)).text();
  const lines = (await ask(url)).map((exchange) => JSON.stringify(exchange));
  writeFileSync(file(version), `[\n${lines.join(',\n')}\n]\n`);
}
