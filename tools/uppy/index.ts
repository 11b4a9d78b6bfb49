// What tests take of this folder, so that their imports find it here. Brought with `scripts/tool.js`.
export { default as Uppy } from '@uppy/core';
export { default as UppyTus } from '@uppy/tus';
