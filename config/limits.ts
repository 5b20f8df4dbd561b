// How long one part waits for another, but for the Triggers (functions/table.ts), and the size of a webhook. Times are in milliseconds.
// They nest: a caller waits longer than what it calls may take; test/config/limits.test.ts checks that. Pauses, and what is waited for
// in one file only, are there.

/** The largest push seen names every file of a vendored tree and stays far below. */
export const webhookBytes = 25 * 1024 * 1024;

export const limits = {
  /** One call to the registry; a stalled database hangs calls for ever. */
  registryCall: 5_000,
  /** One call to Git: a tree page of 1,000 entries on a busy server takes seconds. */
  forgeCall: 10_000,
  /** registry-writer: one whole event. */
  registryWriter: 20_000,
  /** dead-letter: answering the broker, which waits as long as an attempt of the Trigger may take. */
  deadLetterAnswer: 4_000,
  /** dead-letter: one POST of a report. It goes on after the answer, for as long as the broker's own limit. */
  deadLetterHandOn: 900_000,
  /** parse: one reading, all calls together, for all events that wait for it. An event that comes meanwhile waits for the next one. */
  parseReading: 40_000,
  /** parse: sending one event to the broker. A synchronous broker answers when registry-writer, its retries and its dead letter are done: twice 7 x 25 + 63 s. */
  parseHandOn: 480_000,
  /** commit-status: one whole event. */
  commitStatus: 15_000,
  /** notify: one whole event, waiting for its turn in each channel included. */
  notify: 15_000,
  /** One call to a channel. */
  notifyCall: 5_000,
  /** gitea-source: answering Gitea, which closes the connection after 5 s. */
  webhookAnswer: 4_000,
  /** gitea-source: one POST to the broker, as long as the broker's own limit: to give up earlier on a synchronous broker loses the event. */
  sourceHandOn: 900_000,
  /** gitea-source: how long one event is tried. */
  sourceDelivery: 900_000,
  /** One call to the Kubernetes API. */
  kubernetesCall: 10_000,
  /** Jobs: waiting for what an object's status says: an address, for which the first pod has to start, or that it is Ready. */
  kubernetesObject: 120_000,
  /** One watch: longer than rollout-observer holds an event, so that one is enough. */
  kubernetesWatch: 600_000,
  /** rollout-observer: how long an event is held while its rollout is watched. */
  rolloutHold: 540_000,
  /** rollout-observer: sending one event to the broker. A synchronous broker that takes longer loses it, and the next reconcile makes up for that. */
  rolloutHandOn: 30_000,
  /** Job ensure-webhook: waiting until deliveries queued for the old webhook are sent. Gitea's queues took up to 5 s, measured. */
  webhookSettle: 10_000,
  /** Job reconcile: one POST of a ping, which functions in one process answer when everything is read and written. */
  reconcilePost: 595_000,
} as const;
