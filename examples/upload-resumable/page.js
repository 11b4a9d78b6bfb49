// Sends the form's file in as many requests as the line needs. A page that was left, or whose upload was paused, goes on
// where it was when the same file is chosen again.

const tus = /** @type {typeof import('tus-js-client')} */ (/** @type {any} */ (globalThis).tus);
const form = /** @type {HTMLFormElement} */ (document.querySelector('form'));
const pause = /** @type {HTMLButtonElement} */ (form.elements.namedItem('pause'));
const progress = /** @type {HTMLProgressElement} */ (document.querySelector('progress'));
const status = /** @type {HTMLElement} */ (document.querySelector('[role=status]'));

/** @param {string} text */
const say = (text) => {
  status.textContent = text;
  pause.disabled = true;
};

form.addEventListener('submit', async (event) => {
  event.preventDefault();
  const filled = new FormData(form);
  const file = /** @type {File} */ (filled.get('file'));
  status.textContent = '';
  const upload = new tus.Upload(file, {
    endpoint: `${`${filled.get('gateway')}`.replace(/\/$/, '')}/v1/tus`,
    headers: { Authorization: `Bearer ${filled.get('token')}` },
    // With a name and a directory the last byte makes the resource.
    metadata: { name: file.name, directory_path: `${filled.get('directory_path')}`, filetype: file.type },
    // What the page remembers of an upload is of no use once it is there.
    removeFingerprintOnSuccess: true,
    retryDelays: [0, 1_000, 3_000, 5_000, 10_000, 20_000],
    onProgress: (sent, total) => {
      progress.value = sent / total;
    },
    onSuccess: ({ lastResponse }) => {
      progress.value = 1;
      say(`Stored ${file.name}, ${file.size} bytes, as ${lastResponse.getHeader('Resource-Id')}`);
    },
    onError: (error) => {
      const answer = 'originalResponse' in error ? error.originalResponse?.getBody() : undefined;
      say(`Not stored: ${answer ? JSON.parse(answer).error : error.message}`);
    },
  });
  pause.disabled = false;
  pause.onclick = async () => {
    await upload.abort();
    say('Paused: upload the same file to go on');
  };
  const [earlier] = await upload.findPreviousUploads();
  if (earlier !== undefined) upload.resumeFromPreviousUpload(earlier);
  upload.start();
});
