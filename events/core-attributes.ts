// What the CloudEvents specification names itself (and how the SDK holds data): nothing that an extension may be called.

export const coreAttributes: ReadonlySet<string> = new Set([
  'id',
  'source',
  'type',
  'specversion',
  'time',
  'subject',
  'data',
  'data_base64',
  'datacontenttype',
  'dataschema',
]);
