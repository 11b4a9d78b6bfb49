// What tests and scripts take of this folder, so that their imports find it here. Brought with `scripts/tool.js`.
export { default as axe } from 'axe-core';
export * from 'playwright-core';
