import { testKills } from '../support/durability/kill-suite.ts';

testKills('PGlite and a directory', {});
