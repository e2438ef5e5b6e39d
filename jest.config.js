// Three lanes: `unit` is the inner loop (Node only); `rehearsal` runs the real engines; `scanners` runs cfn-lint and checkov.
// CDK's own template validator is the dearest part of a synth; CI runs it once, in `cdk synth` (validation plugins such
// as cdk-nag run all the same).
process.env.CDK_VALIDATION ??= 'false';

/** Large modules without state that a test could leave behind: each worker loads them once for all its test files. */
const shared = '(aws-cdk-lib|constructs|cdk-nag|echarts)';

const common = {
  testEnvironment: '<rootDir>/test/support/shared-modules-environment.cjs',
  transformIgnorePatterns: [`/node_modules/(?!${shared}/)`],
  transform: {
    [`/node_modules/${shared}/.*\\.js$`]: '<rootDir>/test/support/shared-module-transform.cjs',
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { target: 'es2022', parser: { syntax: 'typescript' } }, module: { type: 'commonjs' } },
    ],
    // Pages are imported as text, as esbuild does it.
    '\\.html$': '<rootDir>/test/support/text-transform.cjs',
  },
};
module.exports = {
  projects: [
    {
      ...common,
      displayName: 'unit',
      setupFiles: ['<rootDir>/test/support/without-flink-runner.cjs'],
      testMatch: ['<rootDir>/test/**/*.test.ts'],
      testPathIgnorePatterns: ['\\.e2e\\.test\\.ts$', '<rootDir>/test/scanners/'],
    },
    { ...common, displayName: 'rehearsal', testMatch: ['<rootDir>/test/**/*.e2e.test.ts'] },
    {
      ...common,
      displayName: 'scanners',
      setupFiles: ['<rootDir>/test/support/without-flink-runner.cjs'],
      testMatch: ['<rootDir>/test/scanners/*.test.ts'],
    },
  ],
};
