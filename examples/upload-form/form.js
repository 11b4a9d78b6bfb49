// Sends the form's file and shows how far it is. The file streams from the disk: the page never holds it.

/**
 * @typedef {{ id: string, name: string, size_bytes: number, sha256: string }} Resource
 * @typedef {{ gateway: string, token: string, form: FormData, signal: AbortSignal, onProgress: (part: number) => void }} Upload
 */

/**
 * The resource that was made. XMLHttpRequest, since fetch does not tell how much of a body was sent.
 * @param {Upload} upload
 * @returns {Promise<Resource>}
 */
function upload({ gateway, token, form, signal, onProgress }) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('POST', `${gateway}/v1/resources`);
    request.setRequestHeader('Authorization', `Bearer ${token}`);
    request.responseType = 'json';
    request.upload.onprogress = ({ loaded, total }) => onProgress(loaded / total);
    request.onload = () => {
      if (request.status === 200) resolve(request.response);
      else reject(new Error(request.response?.error ?? `the gateway answered ${request.status}`));
    };
    request.onerror = () => reject(new Error('the gateway could not be reached'));
    request.onabort = () => reject(new Error('cancelled'));
    signal.addEventListener('abort', () => request.abort());
    request.send(form);
  });
}

const form = /** @type {HTMLFormElement} */ (document.querySelector('form'));
const cancel = /** @type {HTMLButtonElement} */ (form.elements.namedItem('cancel'));
const progress = /** @type {HTMLProgressElement} */ (document.querySelector('progress'));
const status = /** @type {HTMLElement} */ (document.querySelector('[role=status]'));

form.addEventListener('submit', async (event) => {
  event.preventDefault();
  const filled = new FormData(form);
  const sent = new FormData();
  // What the gateway reads: the file's name becomes the resource's, and its type is the one that the browser declares.
  for (const name of ['directory_path', 'file']) sent.append(name, /** @type {File} */ (filled.get(name)));
  const controller = new AbortController();
  cancel.disabled = false;
  cancel.onclick = () => controller.abort();
  status.textContent = '';
  try {
    const resource = await upload({
      gateway: `${filled.get('gateway')}`.replace(/\/$/, ''),
      token: `${filled.get('token')}`,
      form: sent,
      signal: controller.signal,
      onProgress: (part) => {
        progress.value = part;
      },
    });
    status.textContent = `Stored ${resource.name}, ${resource.size_bytes} bytes, as ${resource.id}`;
  } catch (error) {
    status.textContent = `Not stored: ${/** @type {Error} */ (error).message}`;
  } finally {
    cancel.disabled = true;
  }
});
