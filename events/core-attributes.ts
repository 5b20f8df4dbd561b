// Names that no extension may have: attributes of the CloudEvents specification, and fields in which the SDK holds data.

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
