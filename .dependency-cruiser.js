// The arrows of the house point down only:
//   bin -> blueprints -> lib/hybrid, lib/mesh -> lib/<pattern> -> lib/ports, lib/foundation -> lib/schema
const patterns = 'lakehouse|warehouse|streaming|serving';
module.exports = {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'lib-imports-only-lib',
      severity: 'error',
      from: { path: '^lib/' },
      to: { path: '^(bin|blueprints|test)/' },
    },
    {
      name: 'blueprints-never-import-bin',
      severity: 'error',
      from: { path: '^blueprints/' },
      to: { path: '^(bin|test)/' },
    },
    { name: 'bin-never-imports-tests', severity: 'error', from: { path: '^bin/' }, to: { path: '^test/' } },
    {
      name: 'patterns-meet-at-the-ports',
      comment: 'one pattern never imports another',
      severity: 'error',
      from: { path: `^lib/(${patterns})/` },
      to: { path: `^lib/(${patterns})/`, pathNot: '^lib/$1/' },
    },
    {
      name: 'patterns-know-no-composition',
      comment: 'mesh and hybrid are made of patterns, so no pattern is made of them, nor one of them of the other',
      severity: 'error',
      from: { path: `^lib/(${patterns}|mesh|hybrid)/` },
      to: { path: '^lib/(mesh|hybrid)/', pathNot: '^lib/$1/' },
    },
    {
      name: 'foundation-and-ports-know-no-pattern',
      severity: 'error',
      from: { path: '^lib/(foundation|ports|schema)/' },
      to: { path: `^lib/(${patterns}|mesh|hybrid|operations|checks)/` },
    },
    {
      name: 'checks-know-templates-only',
      comment: 'they serve any app, so they read what it synthesizes and import no construct of ours',
      severity: 'error',
      from: { path: '^lib/checks/' },
      to: { path: '^lib/(?!checks/)' },
    },
    {
      name: 'schema-knows-only-itself',
      severity: 'error',
      from: { path: '^lib/schema/' },
      to: { path: '^lib/(?!schema/)' },
    },
    {
      name: 'schema-without-cdk',
      severity: 'error',
      from: { path: '^lib/schema/' },
      to: { path: 'node_modules/(aws-cdk-lib|constructs)' },
    },
    {
      name: 'not-to-unresolvable',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true, pathNot: '^(aws-lambda|pure-rand/)' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
  },
};
