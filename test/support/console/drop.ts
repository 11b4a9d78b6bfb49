// Files and folders dragged from the desktop: by the debugger, since no page can make up a folder.
import type { Locator, Page } from '../../../tools/browser/index.ts';

/** Drops what lies at these paths of the machine onto `target`. */
export async function dropFiles(page: Page, target: Locator, paths: readonly string[]): Promise<void> {
  const session = await page.context().newCDPSession(page);
  const box = await target.boundingBox();
  if (box === null) throw new Error('what is to be dropped on is not on the screen');
  const place = { x: box.x + box.width / 2, y: box.y + box.height / 2 };
  const data = { items: [], files: [...paths], dragOperationsMask: 1 };
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const) {
    await session.send('Input.dispatchDragEvent', { type, ...place, data });
  }
  await session.detach();
}
