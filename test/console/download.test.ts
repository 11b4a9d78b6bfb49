import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createClient } from '../../client/src/index.ts';
import { downloadZip } from '../../console/src/downloads/zip.ts';
import { type Row, toDirectoryRow, toFileRow } from '../../console/src/files/row.ts';
import { unzipSync } from '../../tools/suite/index.ts';
import {
  BROWSER,
  listenForComplaints,
  type OpenBrowser,
  openBrowser,
  signIn,
  WHY_SKIPPED,
} from '../support/console/browser.ts';
import { fillLibrary } from '../support/console/library.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';

const FILES: { readonly [path: string]: string } = {
  'top.txt': 'at the top',
  'empty.txt': '',
  'a\\b.txt': 'no directory',
  'photos/Zoë.txt': 'a name beyond ASCII',
  'photos/2026/deep.txt': 'deep',
};

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway();
  const samples = Object.entries(FILES).map(([path, bytes]) => ({
    name: path.split('/').at(-1) as string,
    directory_path: ['/work', ...path.split('/').slice(0, -1)].join('/'),
    type: 'text/plain',
    bytes,
  }));
  await fillLibrary(gateway, samples);
});
afterAll(() => gateway?.[Symbol.asyncDispose]());

/** As the gateway lists them: what is in the directory itself. */
async function listRows() {
  const client = createClient({ url: gateway.url, token: await gateway.token() });
  const { directories } = await client.api.resource.directory.query({ path: '/work' });
  const { items } = await client.api.resource.list.query({ directoryPath: '/work' });
  const rows: Row[] = [...directories.map(toDirectoryRow), ...items.map(toFileRow)];
  return { client, rows };
}

/** Takes an archive whole. */
async function zip(
  rows: readonly Row[],
  { maxBytes = null as number | null, client = createClient({ url: '', token: '' }) },
) {
  let archive: Uint8Array | null = null;
  const progress: number[] = [];
  await downloadZip(rows, {
    client,
    below: '/work',
    signal: new AbortController().signal,
    onProgress: ({ bytes }) => progress.push(bytes),
    target: {
      maxBytes,
      write: async (stream) => {
        archive = new Uint8Array(await new Response(stream).arrayBuffer());
      },
    },
  });
  return { archive, progress };
}

const toTexts = (archive: Uint8Array) =>
  Object.fromEntries(Object.entries(unzipSync(archive)).map(([name, bytes]) => [name, Buffer.from(bytes).toString()]));
const EXPECTED = Object.fromEntries(Object.entries(FILES).map(([path, bytes]) => [path.replace('\\', '_'), bytes]));
const TOTAL_BYTES = Object.values(FILES).reduce((sum, bytes) => sum + Buffer.byteLength(bytes), 0);

test('an archive holds what was chosen, directories with all that is in them', async () => {
  const { client, rows } = await listRows();
  const { archive, progress } = await zip(rows, { client });
  expect(toTexts(archive as unknown as Uint8Array)).toEqual(EXPECTED);
  expect(progress.at(-1)).toBe(TOTAL_BYTES);
});

test('what is more than a browser can keep is refused before any of it is fetched', async () => {
  const { client, rows } = await listRows();
  await expect(zip(rows, { client, maxBytes: TOTAL_BYTES - 1 })).rejects.toThrow(/more than this browser.*get -r/);
  expect((await zip(rows, { client, maxBytes: TOTAL_BYTES })).archive).not.toBeNull();
});

test('a file that is gone meanwhile ends the archive, which nobody takes for a whole one', async () => {
  const { client, rows } = await listRows();
  const gone = await client.upload(new Blob(['soon gone']), { name: 'gone.txt', directoryPath: '/other' });
  await client.api.resource.delete.mutate({ id: gone.id });
  await expect(zip([...rows, toFileRow(gone)], { client })).rejects.toThrow('no resource with this id');
});

describe.skipIf(BROWSER === null)(`downloads of several files${WHY_SKIPPED}`, () => {
  let browser: OpenBrowser;
  beforeAll(async () => {
    browser = await openBrowser();
  });
  afterAll(() => browser?.[Symbol.asyncDispose]());

  async function openChosen(prepare: () => void) {
    const page = await browser.open();
    const complaints = listenForComplaints(page);
    await page.addInitScript(prepare);
    await signIn(page, gateway);
    await page.getByRole('link', { name: 'work', exact: true }).click();
    await page.getByRole('row', { name: 'top.txt' }).click();
    await page.keyboard.press('Control+a');
    await page.getByText('4 items chosen').waitFor();
    return { page, complaints, button: page.getByRole('toolbar').getByRole('button', { name: 'Download' }) };
  }

  test('a browser that cannot write to the disk gets the archive as a download', async () => {
    const { page, complaints, button } = await openChosen(() => Reflect.deleteProperty(window, 'showSaveFilePicker'));
    const [download] = await Promise.all([page.waitForEvent('download'), button.click()]);
    expect(download.suggestedFilename()).toBe('work.zip');
    expect(toTexts(await readFile(await download.path()))).toEqual(EXPECTED);
    await page.getByText('Downloaded work.zip').waitFor();
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  test('a browser that can writes it to the file that was named', async () => {
    // The dialog is the system's own; a file of the page's own store is written to in the same way.
    const { page, complaints, button } = await openChosen(() => {
      const showSaveFilePicker = async ({ suggestedName }: { suggestedName: string }) =>
        await (await navigator.storage.getDirectory()).getFileHandle(suggestedName, { create: true });
      Object.assign(window, { showSaveFilePicker });
    });
    await button.click();
    await page.getByText('Downloaded work.zip').waitFor();
    const base64 = await page.evaluate(async () => {
      const handle = await (await navigator.storage.getDirectory()).getFileHandle('work.zip');
      const bytes = new Uint8Array(await (await handle.getFile()).arrayBuffer());
      return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
    });
    expect(toTexts(Buffer.from(base64, 'base64'))).toEqual(EXPECTED);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  test('whoever names no file is told nothing', async () => {
    const { page, button } = await openChosen(() => {
      const showSaveFilePicker = () => Promise.reject(new DOMException('no file', 'AbortError'));
      Object.assign(window, { showSaveFilePicker });
    });
    await button.click();
    await page.getByRole('button', { name: 'Choose none' }).click();
    await page.getByRole('toolbar').waitFor({ state: 'detached' });
    expect(await page.getByText(/work\.zip/).count()).toBe(0);
    await page.context().close();
  });
});
