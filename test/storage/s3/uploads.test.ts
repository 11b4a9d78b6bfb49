import { randomUUID } from 'node:crypto';
import { inject } from 'vitest';
import { openS3Store, type S3StoreOptions } from '../../../src/storage/s3/store.ts';
import { describeUploadStore } from '../../support/storage/upload-store-contract.ts';

for (const { name, endpoint, accessKeyId, secretAccessKey } of inject('s3Servers').filter(({ faithful }) => faithful)) {
  describeUploadStore(`the S3 store on ${name}`, {
    pieceBytes: 5 * 1024 * 1024,
    open: async () => {
      const options: S3StoreOptions = {
        bucket: `uploads-${randomUUID()}`,
        region: 'us-east-1',
        endpoint,
        forcePathStyle: true,
        credentials: { accessKeyId, secretAccessKey },
        createBucket: true,
      };
      // The server's memory ends with the run.
      return { store: await openS3Store(options), again: () => openS3Store(options), remove: async () => undefined };
    },
  });
}
