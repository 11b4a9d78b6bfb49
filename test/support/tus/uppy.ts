// Uppy, which is brought for the tests that upload with it.
import { runTool } from '../tool.ts';

export async function loadUppy(): Promise<typeof import('../../../tools/uppy/index.ts')> {
  await runTool('tools/uppy');
  return await import('../../../tools/uppy/index.ts');
}
