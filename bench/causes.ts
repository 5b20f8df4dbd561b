// The prose of the page: why a target was missed (shown for those that were, in that run), what is left of each figure when all
// of ours is taken away, and what was tried and did not pay. Figures are measured (report.ts); nothing here holds one that could be.

export const causes = {
  'from zero, stock':
    'Where stock makes no calls but one, its own start is most of its time and Node itself most of ours: the ratio cannot fall below what Node takes alone.',
  'warm, throughput':
    'The yardstick sends seven headers, checks nothing and remembers nothing. Ours sends every CloudEvents attribute (some twenty headers: node:http spends as much on them as on the rest of a call), checks headers and JSON at the door, makes an SDK event, keeps it in the outbox until the broker has it, and counts. The calls themselves, the signature and the JSON cost the same in both.',
  'warm, own time':
    'A dozen calls each cost node:http 0.1 ms on either side before anything of ours; the own time of the yardstick, made of nothing else, stands beside it. The rest is the context that tells whose call it is (AsyncLocalStorage makes every promise dearer up to Node 22), reading answers by schema, and the SDK.',
  memory:
    'The SDK, schemas, axios and the parsed bundle stay in memory; with more events V8 lets the young generation grow before it collects.',
  'registry calls':
    'A call was added to the way of a promotion; functions/registry-writer/write.ts says which there are.',
  'registry time': 'Calls wait for each other that need not, or each of ours takes longer than one by hand.',
  'gitea calls': 'A call was added to the way of a push; functions/parse/read-head.ts says which there are.',
  strangers: 'Something is done for each byte before its sender is known: `npm run fuzz -- --target cost` shows where.',
  'strange files':
    'JSON.parse is machine code; a YAML file is read by code of ours as Helm reads it, and each value of a byte or two becomes several objects. It grows with the file alone, an ordinary file takes a fifth of it, and only who may push can send one.',
} as const;

export type Target = keyof typeof causes;

/** Figure, what remains of it, what would be next. */
export const limits: readonly [figure: string, remains: string, next: string][] = [
  [
    'from zero',
    "the yardstick is V8's and Node's own start and node:http; ours also loads axios and the CloudEvents SDK, reads and checks settings, and compiles each of them",
    'a start-up snapshot of the process with everything loaded, when Node can take node:http into one',
  ],
  [
    'from zero, by calls',
    "the servers' own time, which is not in these figures (they answer at once): 8 to 13 calls, of which 6 to 8 one after the other",
    'nothing: each answer decides the next question',
  ],
  [
    'from zero, TLS',
    'servers here speak HTTP; with HTTPS the first call loads node:https (table of libraries) and waits for one handshake',
    'keep a session between instances, which scaling to zero forbids',
  ],
  [
    'warm',
    'node:http, two writes and two reads of the kernel an event and as many a call',
    'hand the call context down instead of finding it by AsyncLocalStorage (free from Node 24 on); fewer extensions on events',
  ],
  ['memory', "V8's heap for Node's own modules", 'none'],
  ['a promotion', 'six waits for the registry, whose own time it is', 'a bulk write in the registry itself'],
  ['growth', 'the tree of the repository, one page per 1,000 entries', 'ask for the folder of the environment alone'],
];

/** What was tried, and why it was left. */
export const tried: readonly [what: string, outcome: string][] = [
  ['minified bundles', 'no ms; renames the class by which hosts know a reply'],
  ['heap flags (semi-space of 1 to 32 MB, `--single-threaded-gc`)', 'within the noise, some worse'],
  [
    '`NODE_COMPILE_CACHE`',
    'about 7 % from zero, and Node 20 knows none. Code of V8 kept beside the bundles at the build saved 12 to 23 % of the CPU time, some 10 ms where a Pod takes 2,000: not worth its loader and a build that runs every function',
  ],
  [
    'user-land start-up snapshot (`node --build-snapshot`)',
    'Node 20 cannot load node:http while building one; 22 and 24 abort in SnapshotBuilder as soon as node:http is loaded',
  ],
  [
    'axios with an adapter of ours in place of its own, and loaded without its unused parts',
    'some 0.2 ms a call and 40 ms of a start from zero less, where a Pod takes 2,000: not worth a patched library',
  ],
  ['headers as one flat array', 'no gain over an object'],
  ['the body as text in one write with the head', 'no gain beyond the noise'],
];
