// What the reference page does in a browser: it puts its own address into the samples, and copies them.
export const REFERENCE_SCRIPT = `
for (const place of document.querySelectorAll('.address')) place.textContent = new URL('.', location.href).href.slice(0, -1);
for (const note of document.querySelectorAll('.unscripted')) note.remove();
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
    await navigator.clipboard.writeText(sample.textContent);
    return true;
  } catch {
    // Over plain http browsers have no clipboard; a selection can still be copied, by hand if need be.
    getSelection().selectAllChildren(sample);
    return document.execCommand('copy');
  }
}
`;
