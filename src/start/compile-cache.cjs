// Loaded before a program of ours (`node -r`): keeps what Node compiles for its next start. NODE_COMPILE_CACHE would do the
// same, but not every shell that npm uses can set a variable for one command; and as a module this would cost 30 ms.
const { enableCompileCache } = require('node:module');
const { join } = require('node:path');

enableCompileCache(join(__dirname, '../../node_modules/.cache/compiled'));
