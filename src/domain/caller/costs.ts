// What each operation costs of an account's rate points: a read one, a write five for each item that it names.

const READ = 1;
const WRITE = 5;

/** What the creation of one resource costs. */
export const CREATE_COST = WRITE;

type Many = { readonly length: number };

/** What names more than any operation takes is refused for that. */
const MAX_ITEMS = 100;
const each =
  (cost: number) =>
  ({ length }: Many) =>
    cost * Math.min(length, MAX_ITEMS);

/**
 * By the names of the service's table. An upload is paid for when it begins: what is sent for it, and the resource that it
 * ends in, cost nothing more, so that nobody is stopped in the middle.
 */
export const COSTS = {
  resource: READ,
  resourceByPath: READ,
  resources: READ,
  resourceCount: READ,
  directory: READ,
  content: READ,
  downloadUrl: READ,
  events: READ,
  usage: READ,
  resourceEvents: READ,
  resourcesById: each(READ),
  versions: READ,
  versionContent: READ,
  restoreVersion: WRITE,
  trash: READ,
  restoreTrashed: WRITE,
  restoreManyTrashed: ({ ids }: { readonly ids?: Many | undefined }) => (ids === undefined ? WRITE : each(WRITE)(ids)),
  deleteTrashed: WRITE,
  emptyTrash: WRITE,
  createResource: CREATE_COST,
  createResources: each(CREATE_COST),
  updateResource: WRITE,
  deleteResource: WRITE,
  deleteResources: ({ ids }: { readonly ids: Many }) => each(WRITE)(ids),
  moveDirectory: WRITE,
  deleteDirectory: WRITE,
  createUpload: WRITE,
  upload: READ,
  uploads: READ,
  cancelUpload: READ,
  uploadParts: 0,
  receivedParts: 0,
  completeUpload: 0,
  appendUpload: 0,
  uploadOffset: 0,
  createWebhook: WRITE,
  webhook: READ,
  webhooks: READ,
  updateWebhook: WRITE,
  deleteWebhook: WRITE,
  testWebhook: WRITE,
  rotateWebhookSecret: WRITE,
  replayWebhook: WRITE,
  webhookDeliveries: READ,
};
