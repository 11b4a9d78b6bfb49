// What the console sends into the frame that shows contents.

export type Shown = { readonly theme: 'dark' | 'light' } & (
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'pdf'; readonly bytes: Blob }
  | {
      readonly kind: 'image' | 'audio' | 'video';
      readonly name: string;
      /** An address of this gateway that needs no token; or the bytes, when they lie elsewhere. */
      readonly from: string | Blob;
    }
);

export type PreviewKind = Shown['kind'];

/** Types that are text although they do not begin so. SVG, HTML and XML are shown as what is written in them. */
const TEXTS =
  /^(?:text\/.*|application\/(?:.*\+)?(?:json|xml|yaml|x-ndjson|javascript|x-sh|toml|sql|graphql)|image\/svg\+xml)$/;
const IMAGES = /^image\/(?:avif|bmp|gif|jpeg|png|webp)$/;

/** How a content of that type is shown; null: it is not. */
export function toPreviewKind(mimeType: string): PreviewKind | null {
  const essence = (mimeType.split(';', 1)[0] ?? '').trim().toLowerCase();
  if (IMAGES.test(essence)) return 'image';
  if (essence === 'application/pdf') return 'pdf';
  if (TEXTS.test(essence)) return 'text';
  const family = essence.split('/', 1)[0];
  return family === 'audio' || family === 'video' ? family : null;
}
