import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Frame, Page } from '../../tools/browser/index.ts';
import {
  BROWSER,
  listenForComplaints,
  type OpenBrowser,
  openBrowser,
  signIn,
  WHY_SKIPPED,
} from '../support/console/browser.ts';
import { fillLibrary } from '../support/console/library.ts';
import { recordVideo, toTone } from '../support/console/media.ts';
import { toPagedPdf, toStream } from '../support/console/pdf.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';

const PAGES = 250;
const MAX_PAGES = 200;
const MAX_PAGE_PIXELS = 4_000_000;
const MAX_PAGE_SIDE = 16_384;
const RED = '1 0 0 rg 0 0 10000000 10000000 re f';

/** Words of a font that the document does not hold, in an encoding that it does not hold either. */
const JAPANESE = [
  '<</Type/Font/Subtype/Type0/BaseFont/Ryumin-Light/Encoding/90ms-RKSJ-H/DescendantFonts[5 0 R]>>',
  '<</Type/Font/Subtype/CIDFontType0/BaseFont/Ryumin-Light/CIDSystemInfo<</Registry(Adobe)/Ordering(Japan1)/Supplement 2>>/FontDescriptor 6 0 R>>',
  '<</Type/FontDescriptor/FontName/Ryumin-Light/Flags 4/FontBBox[0 -200 1000 900]/ItalicAngle 0/Ascent 800/Descent -200/CapHeight 700/StemV 80>>',
];
const SCAN = toStream(
  'not an image',
  '/Type/XObject/Subtype/Image/Width 8/Height 8/ColorSpace/DeviceGray/BitsPerComponent 1/Filter/JBIG2Decode',
);

describe.skipIf(BROWSER === null)(`previews in the console${WHY_SKIPPED}`, () => {
  let gateway: Gateway;
  let browser: OpenBrowser;

  beforeAll(async () => {
    gateway = await startGateway();
    browser = await openBrowser();
    const pages = Array.from({ length: PAGES }, (_, i) => ({
      draws: `${RED} BT /F 24 Tf 20 100 Td (Page ${i + 1}) Tj ET`,
    }));
    const pdf = { directory_path: '/', type: 'application/pdf' };
    await fillLibrary(gateway, [
      { ...pdf, name: 'book.pdf', bytes: toPagedPdf(pages) },
      { ...pdf, name: 'long.pdf', bytes: toPagedPdf([{ draws: RED, size: [100, 10_000] }]) },
      { ...pdf, name: 'broken.pdf', bytes: '%PDF-1.7\nand nothing else' },
      {
        ...pdf,
        name: 'japanese.pdf',
        bytes: toPagedPdf([{ draws: 'BT /J 24 Tf 20 100 Td <93fa967b> Tj ET', resources: '/Font<</J 4 0 R>>' }], {
          objects: JAPANESE,
        }),
      },
      {
        ...pdf,
        name: 'scan.pdf',
        bytes: toPagedPdf([{ draws: '100 0 0 100 0 0 cm /S Do', resources: '/XObject<</S 4 0 R>>' }], {
          objects: [SCAN],
        }),
      },
      { name: 'tone.wav', directory_path: '/', type: 'audio/wav', bytes: toTone() },
      { name: 'film.webm', directory_path: '/', type: 'video/webm', bytes: await recordVideo(browser) },
    ]);
  });
  afterAll(async () => {
    await browser?.[Symbol.asyncDispose]();
    await gateway?.[Symbol.asyncDispose]();
  });

  async function openFile(name: string) {
    const page = await browser.open();
    const complaints = listenForComplaints(page);
    const answers: string[] = [];
    page.on('response', (response) => answers.push(`${response.status()} ${new URL(response.url()).pathname}`));
    await signIn(page, gateway);
    await page.getByRole('row', { name }).click();
    return { page, complaints, answers, [Symbol.asyncDispose]: () => page.context().close() };
  }

  test('a PDF is drawn where it is looked at, and only so many of its pages', async () => {
    await using opened = await openFile('book.pdf');
    const pages = opened.page.frameLocator('iframe.preview');
    await pages.getByRole('img', { name: 'Page 1', exact: true }).locator('canvas').waitFor();
    const frame = await findFrame(opened.page);
    expect(await pages.getByRole('img').count()).toBe(MAX_PAGES);
    expect(await frame.evaluate(readPixel, 1)).toEqual([255, 0, 0, 255]);
    await pages.getByText(`The first ${MAX_PAGES} of ${PAGES} pages.`).scrollIntoViewIfNeeded();
    await pages
      .getByRole('img', { name: `Page ${MAX_PAGES}`, exact: true })
      .locator('canvas')
      .waitFor();
    await expect.poll(() => pages.locator('canvas').count()).toBeLessThan(10);
    expect(await pages.getByRole('img', { name: 'Page 1', exact: true }).locator('canvas').count()).toBe(0);
    expect(opened.complaints).toEqual([]);
  });

  test('a page that is very long is drawn in a bounded number of pixels', async () => {
    await using opened = await openFile('long.pdf');
    const canvas = opened.page.frameLocator('iframe.preview').locator('canvas');
    await canvas.waitFor();
    const { width, height } = await canvas.evaluate((one: HTMLCanvasElement) => ({
      width: one.width,
      height: one.height,
    }));
    expect(width * height).toBeLessThanOrEqual(MAX_PAGE_PIXELS);
    expect(height).toBeLessThanOrEqual(MAX_PAGE_SIDE);
    expect([width, height]).toEqual([163, MAX_PAGE_SIDE]);
  });

  test('what is no PDF but by its name is said to be none that can be shown', async () => {
    await using opened = await openFile('broken.pdf');
    await opened.page.getByText('The browser cannot show this').waitFor();
  });

  test('a table of characters that a PDF names comes from the gateway, by the console around the frame', async () => {
    await using opened = await openFile('japanese.pdf');
    await opened.page.frameLocator('iframe.preview').locator('canvas').waitFor();
    expect(opened.answers).toContain('200 /console/pdfjs/90ms-RKSJ-H.bcmap');
    expect(opened.complaints).toEqual([]);
  });

  test('a decoder for scans comes from the gateway, and a scan that it cannot read leaves the page', async () => {
    await using opened = await openFile('scan.pdf');
    await opened.page.frameLocator('iframe.preview').locator('canvas').waitFor();
    expect(opened.answers).toContain('200 /console/pdfjs/jbig2_nowasm_fallback.js');
  });

  test.each([
    ['audio', 'tone.wav'],
    ['video', 'film.webm'],
  ])('%s can be played', async (kind, name) => {
    await using opened = await openFile(name);
    const media = opened.page.frameLocator('iframe.preview').locator(kind);
    await media.waitFor();
    const played = await media.evaluate(async (element: HTMLMediaElement) => {
      element.muted = true;
      const moved = new Promise((resolve) =>
        element.addEventListener('timeupdate', () => element.currentTime > 0 && resolve(true)),
      );
      await element.play();
      return { moved: await moved, hasControls: element.controls, width: (element as HTMLVideoElement).videoWidth };
    });
    expect(played).toEqual({ moved: true, hasControls: true, width: kind === 'video' ? 64 : undefined });
    expect(opened.complaints).toEqual([]);
  });
});

async function findFrame(page: Page): Promise<Frame> {
  const frame = page.frames().find((each) => each.url().endsWith('/preview.html'));
  if (frame === undefined) throw new Error('there is no preview');
  return frame;
}

/** Near the corner of a page, where its ground is. */
function readPixel(number: number): number[] {
  const canvas = document.querySelector<HTMLCanvasElement>(`[aria-label="Page ${number}"] canvas`);
  return [...(canvas?.getContext('2d')?.getImageData(4, 4, 1, 1).data ?? [])];
}
