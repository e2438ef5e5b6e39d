// Three lanes: `unit` is the inner loop (Node only); `rehearsal` runs the real engines; `scanners` runs cfn-lint and checkov.
// CDK's own template validator is the dearest part of a synth; CI runs it once, in `cdk synth` (validation plugins such
// as cdk-nag run all the same).
process.env.CDK_VALIDATION ??= 'false';

const common = {
  testEnvironment: 'node',
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { target: 'es2022', parser: { syntax: 'typescript' } }, module: { type: 'commonjs' } },
    ],
  },
};
module.exports = {
  projects: [
    {
      ...common,
      displayName: 'unit',
      testMatch: ['<rootDir>/test/**/*.test.ts'],
      testPathIgnorePatterns: ['\\.e2e\\.test\\.ts$', '<rootDir>/test/scanners/'],
    },
    { ...common, displayName: 'rehearsal', testMatch: ['<rootDir>/test/**/*.e2e.test.ts'] },
    { ...common, displayName: 'scanners', testMatch: ['<rootDir>/test/scanners/*.test.ts'] },
  ],
};
