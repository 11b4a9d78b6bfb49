import { testKills } from './kill-suite.ts';

testKills('PGlite and a directory', {});
