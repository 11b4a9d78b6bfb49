// What tests take of this folder, so that their imports find it here. Brought with `scripts/tool.js`.
export { unzipSync } from 'fflate';
export { serverAudits } from 'graphql-http';
