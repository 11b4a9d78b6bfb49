// Draws the pages of a PDF, each as a picture: nothing in it runs, no form takes anything, and no link can be followed.
// Loaded only for a PDF, since pdf.js weighs more than the console.
import {
  AnnotationMode,
  getDocument,
  type PDFDocumentProxy,
  type PDFPageProxy,
  PDFWorker,
  VerbosityLevel,
} from 'pdfjs-dist';
import workerUrl from 'pdfjs-dist/build/pdf.worker.min.mjs?url';
import { askForCharacterMap } from './character-maps.ts';

const MAX_PAGES = 200;
/** Of one page as it is drawn, whatever size the document claims for it. */
const MAX_PAGE_PIXELS = 4_000_000;
/** No browser has a canvas that is longer. */
const MAX_PAGE_SIDE = 16_384;
/** Of one picture in a page; a larger one is left out. */
const MAX_IMAGE_PIXELS = 64_000_000;
const WIDEST = 10;
/** How far outside the frame a page is drawn already, and up to where it is kept. */
const NEAR = '300px';
/** Beside the pages of the console, by the build. */
const PARTS = new URL('pdfjs/', document.baseURI).href;

/**
 * Draws into `into` what of the document comes into sight, and forgets what goes out of it.
 * @param onFailure told when a page cannot be drawn
 * @throws when it is no PDF, or needs a password
 */
export async function drawPdf(content: Blob, { into, onFailure }: { into: HTMLElement; onFailure: () => void }) {
  const document = await getDocument({
    data: new Uint8Array(await content.arrayBuffer()),
    worker: PDFWorker.create({ port: await openWorker(), verbosity: VerbosityLevel.ERRORS }),
    verbosity: VerbosityLevel.ERRORS,
    enableXfa: false,
    maxImageSize: MAX_IMAGE_PIXELS,
    canvasMaxAreaInBytes: 4 * MAX_IMAGE_PIXELS,
    // The policy allows no WebAssembly: the same decoders are there as scripts.
    useWasm: false,
    wasmUrl: PARTS,
    // The frame can ask no address for data; the console around it can.
    useWorkerFetch: false,
    cMapUrl: PARTS,
    BinaryDataFactory: CharacterMaps,
  }).promise;
  drawInSight(document, { into, onFailure });
}

/**
 * A worker needs a script of its own origin, and the frame has none; its policy allows a script of its own making, which
 * here does nothing but take the gateway's.
 */
async function openWorker(): Promise<Worker> {
  const address = JSON.stringify(new URL(workerUrl, import.meta.url).href);
  // No module itself: Chromium runs none as a worker of a page without an origin.
  const script = new Blob([`import(${address}).catch(reportError)`], { type: 'text/javascript' });
  const url = URL.createObjectURL(script);
  const worker = new Worker(url);
  // It says that it is ready; what it is sent before would be lost.
  await new Promise((resolve, reject) => {
    worker.addEventListener('message', resolve, { once: true });
    worker.addEventListener('error', reject, { once: true });
  });
  URL.revokeObjectURL(url);
  return worker;
}

/** How pdf.js asks for data. The rest of what it may ask for, fonts and decoders, is not given: it has others. */
class CharacterMaps {
  async fetch({ kind, filename }: { kind: string; filename: string }): Promise<Uint8Array> {
    if (kind !== 'cMapUrl') throw new Error(`${filename} is not given`);
    return await askForCharacterMap(filename);
  }
}

function drawInSight(pdf: PDFDocumentProxy, { into, onFailure }: { into: HTMLElement; onFailure: () => void }) {
  const shown = Math.min(pdf.numPages, MAX_PAGES);
  const places = Array.from({ length: shown }, (_, index) => toPlace(index + 1));
  const inSight = new Set<Element>();
  let isDrawing = false;

  /** One after the other, in the order of the document. */
  const drawNext = async () => {
    if (isDrawing) return;
    isDrawing = true;
    try {
      for (let place = findNext(); place !== undefined; place = findNext()) {
        const page = await pdf.getPage(places.indexOf(place) + 1);
        place.replaceChildren(await drawPage(page, place));
        page.cleanup();
        if (!inSight.has(place)) place.replaceChildren();
      }
    } catch {
      onFailure();
    } finally {
      isDrawing = false;
    }
  };
  const findNext = () => places.find((place) => inSight.has(place) && place.childElementCount === 0);

  const observer = new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting } of entries) {
        if (isIntersecting) inSight.add(target);
        else {
          inSight.delete(target);
          target.replaceChildren();
        }
      }
      void drawNext();
    },
    { rootMargin: NEAR },
  );
  into.replaceChildren(...places);
  if (shown < pdf.numPages) into.append(toNote(`The first ${shown} of ${pdf.numPages} pages.`));
  for (const place of places) observer.observe(place);
}

function toPlace(number: number): HTMLElement {
  const place = document.createElement('div');
  place.className = 'page';
  place.role = 'img';
  place.ariaLabel = `Page ${number}`;
  return place;
}

function toNote(text: string): HTMLElement {
  const note = document.createElement('p');
  note.textContent = text;
  return note;
}

async function drawPage(page: PDFPageProxy, place: HTMLElement): Promise<HTMLCanvasElement> {
  const { width, height } = page.getViewport({ scale: 1 });
  const ratio = Math.min(WIDEST, Math.max(1 / WIDEST, width / height || 1));
  place.style.aspectRatio = String(ratio);
  const scale = Math.min(
    (place.clientWidth * devicePixelRatio) / width,
    Math.sqrt(MAX_PAGE_PIXELS / (width * height)),
    MAX_PAGE_SIDE / Math.max(width, height),
  );
  const viewport = page.getViewport({ scale });
  const canvas = document.createElement('canvas');
  canvas.width = Math.max(1, Math.floor(viewport.width));
  canvas.height = Math.max(1, Math.floor(viewport.height));
  // What annotations look like is drawn; there is no layer above it in which one could be clicked.
  await page.render({ canvas, viewport, annotationMode: AnnotationMode.ENABLE }).promise;
  return canvas;
}
