import { testKills } from '../support/durability/kill-suite.ts';

testKills('the embedded database and a directory', {});
