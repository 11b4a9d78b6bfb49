// Uppy with its own S3 component, sending files straight into the gateway's bucket: the gateway sees no byte of them until
// it makes the resource. The bucket has to allow the page's origin, and to expose ETag (docs/uploads.md).
import AwsS3 from '@uppy/aws-s3';
import Uppy from '@uppy/core';

/** @typedef {{ gateway: string, token: string, directoryPath: string }} UploaderOptions */

/** @param {UploaderOptions} options */
export function createUploader({ gateway, token, directoryPath }) {
  const headers = { authorization: `Bearer ${token}` };
  /** How large parts are, by the size of a file: all that Uppy says when it asks. @type {Map<number, number>} */
  const partBytes = new Map();

  /**
   * @param {string} path
   * @param {object} body
   */
  async function post(path, body) {
    const sent = { ...headers, 'content-type': 'application/json' };
    const answer = await fetch(`${gateway}/v1/uploads${path}`, {
      method: 'POST',
      headers: sent,
      body: JSON.stringify(body),
    });
    const json = await answer.json();
    if (!answer.ok) throw new Error(json.error);
    return json;
  }

  // An empty file has no part that could be sent.
  const uppy = new Uppy({ restrictions: { minFileSize: 1 } });
  uppy.addPreProcessor(async (fileIds) => {
    for (const id of fileIds) {
      const file = uppy.getFile(id);
      // One that goes on was begun before.
      if (file.meta.uploadId !== undefined || file.size === null) continue;
      const resource = { name: file.name, directory_path: directoryPath };
      const upload = await post('', { method: 'direct', size_bytes: file.size, resource });
      partBytes.set(file.size, upload.part_size_bytes);
      uppy.setFileMeta(id, { uploadId: upload.id, partSizeBytes: upload.part_size_bytes });
    }
  });
  uppy.use(AwsS3, {
    shouldUseMultipart: true,
    generateObjectKey: (file) => String(file.meta.uploadId),
    getChunkSize: ({ size }) => partBytes.get(size) ?? size,
    async signRequest(request) {
      const { key } = request;
      if ('partNumber' in request) return (await post(`/${key}/parts`, { numbers: [request.partNumber] })).parts[0];
      // The gateway answers for the rest: it has begun the upload, knows its parts from the store, and makes the resource.
      const asked = 'uploadId' in request ? `uploadId=${key}` : 'uploads';
      return { url: `${gateway}/v1/uploads/${key}/s3?${asked}`, headers };
    },
  });
  return uppy;
}
