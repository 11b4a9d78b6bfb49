// Loaded into a gateway that is measured without the log of events: the statements that create resources go to the database
// without the part that tells of them.
import pg from 'pg';

const TOLD = /, told as \(\s+insert into events [\s\S]*?\n\)/;

const { query } = pg.Client.prototype;
const prototype = pg.Client.prototype as { query: (...args: unknown[]) => unknown };
prototype.query = function withoutLog(this: pg.Client, asked, ...rest) {
  return Reflect.apply(query, this, [isInsert(asked) ? strip(asked) : asked, ...rest]);
};

type Named = { readonly name: string; readonly text: string };

function isInsert(asked: unknown): asked is Named {
  const { name } = (asked ?? {}) as { name?: unknown };
  return typeof name === 'string' && name.startsWith('insert-resources');
}

function strip(asked: Named): Named {
  if (!TOLD.test(asked.text)) throw new Error(`${asked.name} tells of nothing that could be left out`);
  return { ...asked, text: asked.text.replace(TOLD, '') };
}
