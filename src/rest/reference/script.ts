// What the reference page does in a browser: it puts its own address into the samples, and copies them.
export const REFERENCE_SCRIPT = `
for (const place of document.querySelectorAll('.address')) place.textContent = new URL('.', location.href).href.slice(0, -1);
for (const note of document.querySelectorAll('.unscripted')) note.remove();
// The console's, when this page was opened from it in the same tab.
const token = sessionStorage.getItem('resource-gateway-token');
if (token !== null) document.querySelector('.signed-in').hidden = false;
for (const button of document.querySelectorAll('button.copy')) {
  button.hidden = false;
  button.addEventListener('click', async () => {
    const sample = button.nextElementSibling;
    const done = await copy(sample);
    button.textContent = done ? 'Copied' : 'Press Ctrl+C';
    setTimeout(() => { button.textContent = 'Copy'; }, 2000);
  });
}
async function copy(sample) {
  try {
    const text = token === null ? sample.textContent : sample.textContent.replaceAll('$TOKEN', () => token);
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Over plain http browsers have no clipboard; a selection can still be copied, by hand if need be.
    getSelection().selectAllChildren(sample);
    return document.execCommand('copy');
  }
}
`;
