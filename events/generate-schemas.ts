// Writes schemas/<type>.schema.json from the schemas in the code: `npx tsx events/generate-schemas.ts`. Development only; a
// test fails when a file is not what this writes.
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { toJsonSchema } from '@valibot/to-json-schema';
import { events } from './index.ts';

/** File names with their text. What JSON Schema cannot say (no version twice, pages that fit) is left out. */
export function schemaFiles(): Map<string, string> {
  return new Map(
    events.map(({ type, schema }) => {
      const { $schema, ...rest } = toJsonSchema(schema, { ignoreActions: ['check'], errorMode: 'throw' });
      const text = JSON.stringify({ $schema, title: `Data of ${type}`, ...rest }, undefined, 2);
      return [`${type}.schema.json`, `${text}\n`] as const;
    }),
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const [name, text] of schemaFiles()) writeFileSync(new URL(`schemas/${name}`, import.meta.url), text);
}
