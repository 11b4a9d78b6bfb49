// The inside of the preview: a page without an origin, which shows what it is sent and can reach nothing.
import type { Shown } from './shown.ts';

addEventListener('message', ({ data, source }: MessageEvent<Shown>) => {
  if (source === parent) show(data);
});
parent.postMessage('ready', '*');

function show(shown: Shown): void {
  document.documentElement.dataset.theme = shown.theme;
  document.body.className = shown.kind;
  document.body.replaceChildren(toElement(shown));
}

function toElement(shown: Shown): HTMLElement {
  switch (shown.kind) {
    case 'text': {
      const text = document.createElement('pre');
      text.textContent = shown.text;
      return text;
    }
    case 'image': {
      const image = document.createElement('img');
      image.alt = shown.name;
      return load(image, shown);
    }
    case 'pdf': {
      const pages = document.createElement('main');
      const onFailure = () => parent.postMessage('failed', '*');
      void import('./pdf.ts').then(({ drawPdf }) => drawPdf(shown.bytes, { into: pages, onFailure })).catch(onFailure);
      return pages;
    }
    case 'audio':
    case 'video': {
      const media = document.createElement(shown.kind);
      media.controls = true;
      media.preload = 'metadata';
      return load(media, shown);
    }
  }
}

function load<Element extends HTMLImageElement | HTMLMediaElement>(
  element: Element,
  { from }: Extract<Shown, { from: unknown }>,
): Element {
  element.addEventListener('error', () => parent.postMessage('failed', '*'));
  element.src = typeof from === 'string' ? from : URL.createObjectURL(from);
  return element;
}
