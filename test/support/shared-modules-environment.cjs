const { TestEnvironment } = require('jest-environment-node');

// Colour is a matter of the terminal that the tests happen to run in. The runner sets FORCE_COLOR in its workers.
process.env.NO_COLOR = '1';
delete process.env.FORCE_COLOR;

/** A Node environment in which `requireShared` gives a worker's own instance of a module instead of one a test file. */
module.exports = class extends TestEnvironment {
  constructor(config, context) {
    super(config, context);
    this.global.requireShared = (file) => require(file);
    // Where those modules print to: the test's own console is another one.
    this.global.consoleOfShared = console;
  }
};
