// What many tests need that no install brings, before any of them waits for it.
import { runTool } from './tool.ts';

export default async function setup(): Promise<void> {
  for (const folder of ['tools/compile', 'tools/suite']) await runTool(folder);
}
