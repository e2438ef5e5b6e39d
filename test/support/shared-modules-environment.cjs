const { TestEnvironment } = require('jest-environment-node');

/** A Node environment in which `requireShared` gives a worker's own instance of a module instead of one a test file. */
module.exports = class extends TestEnvironment {
  constructor(config, context) {
    super(config, context);
    this.global.requireShared = (file) => require(file);
    // Where those modules print to: the test's own console is another one.
    this.global.consoleOfShared = console;
  }
};
