// Every time limit but those of the Triggers (functions/table.ts). In milliseconds. They nest: whoever waits, waits longer than what it
// waits for; test/config/limits.test.ts holds that.

export const limits = {
  /** One call to the registry; a stalled database hangs calls for ever. */
  registryCall: 5_000,
  /** One call to Git: a tree page of 1,000 entries on a busy server takes seconds. */
  forgeCall: 10_000,
  /** registry-writer: one whole event. */
  registryWriter: 20_000,
  /** dead-letter: answer its broker, which waits as long as the Trigger's attempt says. */
  deadLetterAnswer: 4_000,
  /** dead-letter: one POST of a report; goes on after the answer, as long as the broker's own limit. */
  deadLetterHandOn: 900_000,
  /** parse: one reading, all calls together, for all who wait for it. Who comes while one is under way waits for its end, and has as long again. */
  parseReading: 40_000,
  /** parse: handing one event to the broker. A synchronous broker answers when the writer, its retries and its dead letter are done: twice 7 x 25 + 63 s. */
  parseHandOn: 480_000,
  /** commit-status: one whole event. */
  commitStatus: 15_000,
  /** gitea-source: answer Gitea, which hangs up after 5 s. */
  webhookAnswer: 4_000,
  /** gitea-source: one POST to the broker; hanging up on a synchronous broker loses the event, so as long as the broker's own limit. */
  sourceHandOn: 900_000,
  /** gitea-source: how long one event is tried. */
  sourceDelivery: 900_000,
  /** Jobs: one call to the Kubernetes API. */
  kubernetesCall: 10_000,
  /** Job ensure-webhook: until the function or Route has its address; the first pod has to start for that. */
  webhookAddress: 120_000,
  /** Job ensure-webhook: what is queued for the old webhook is sent meanwhile. Gitea's queues were measured to take 5 s. */
  webhookSettle: 10_000,
  /** Job reconcile: one POST of a ping; all is read and written before the answer where the functions are one process. */
  reconcilePost: 595_000,
} as const;
