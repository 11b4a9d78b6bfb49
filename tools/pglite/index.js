// What is taken of this folder, so that an import finds it here. Brought with `scripts/tool.js`.
export { PGlite } from '@electric-sql/pglite';
