// What a test takes of this folder, so that its import finds it here. Brought with `scripts/tool.js`.
export { default } from 'oidc-provider';
