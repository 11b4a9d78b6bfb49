// The same for many, a few at a time; what fails leaves the others alone.
import { countOf } from '../ui/format.ts';
import { notify, notifyFailure } from '../ui/notices.tsx';

const PARALLEL = 6;

/**
 * Runs `change` for each and tells how it went.
 * @param said what was done, such as "Moved"
 */
export async function runEach<Item>(
  items: readonly Item[],
  change: (item: Item) => Promise<unknown>,
  said: string,
): Promise<void> {
  const left = [...items];
  const failures: unknown[] = [];
  const work = async () => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) {
      try {
        await change(item);
      } catch (error) {
        failures.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(PARALLEL, items.length) }, work));
  const done = items.length - failures.length;
  if (failures.length === 0) notify(`${said} ${countOf(done, 'item')}`);
  else notifyFailure(`${said} ${done} of ${countOf(items.length, 'item')}; the others not`, failures[0]);
}
