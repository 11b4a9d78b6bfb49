// vitest's own coverage, found in this folder: by its own name vitest would look for it beside itself. This module may be
// loaded several times in one process; what counts is in the one that it leads to.
import v8 from '@vitest/coverage-v8';

export default {
  startCoverage: (options) => v8.startCoverage(options),
  takeCoverage: (options) => v8.takeCoverage(options),
  stopCoverage: (options) => v8.stopCoverage(options),
  getProvider: async () => Object.assign(await v8.getProvider(), { name: 'custom' }),
};
