// Makes the pack that start.ts starts from: runs the app and keeps, of every module that it loads, the source, what it
// requires and the code that V8 compiled. Called by build.mjs. How the app ends does not matter (a schema ledger may
// have to be locked first), only its modules do.
const { readFileSync, renameSync, writeFileSync } = require('node:fs');
const Module = require('node:module');
const path = require('node:path');
const { APP, LENGTH_BYTES, PACK, ROOT, compile, run, stamp } = require('../../dist/bin/warm-start.js');

const relative = (file) => path.relative(ROOT, file);
// A build writes the first, an install the second; the third has the options and the context that it runs with.
const ORIGINS = [APP, path.join(ROOT, 'node_modules/.package-lock.json'), path.join(ROOT, 'cdk.json')].map(relative);
const stamps = Object.fromEntries(ORIGINS.map((file) => [file, stamp(file)]));
const modules = new Map();

Module._extensions['.js'] = (module, filename) => {
  const source = readFileSync(filename, 'utf8').replace(/^#!.*/, '');
  const script = compile(filename, source);
  modules.set(filename, { source, script, requires: {} });
  run(script, module, filename);
};

const resolve = Module._resolveFilename;
Module._resolveFilename = function (request, parent, ...rest) {
  const file = resolve.call(this, request, parent, ...rest);
  const from = modules.get(parent?.filename);
  if (from && path.isAbsolute(file) && !rest[1]) from.requires[request] = relative(file);
  return file;
};

process.on('exit', () => {
  const index = {};
  const bodies = [];
  for (const [file, { source, script, requires }] of modules) {
    const body = [Buffer.from(source), script.createCachedData()];
    index[relative(file)] = { requires, source: body[0].length, code: body[1].length };
    bodies.push(...body);
  }
  const header = Buffer.from(JSON.stringify({ node: process.version, stamps, modules: index }));
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32LE(header.length);
  // Whoever reads meanwhile gets the old pack or the new one.
  const unfinished = `${PACK}.${process.pid}`;
  writeFileSync(unfinished, Buffer.concat([length, header, ...bodies]));
  renameSync(unfinished, PACK);
});

require(APP);
