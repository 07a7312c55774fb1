// The Node.js launcher of Raptor: loads one file and calls one function of it, once per line.
//
// Called as `node -e TEXT -- FILE FUNCTION`. Every line of standard input is {"value": parameters,
// "activation_id": ..., ...}: the keys beside "value" become __OW_* variables, but those that begin
// with "raptor_" become RAPTOR_*. Descriptor 3 takes one line for each: the result. Standard output
// and standard error are the function's log. The end of the input ends the launcher.

// In a function: what a script declares would be global.
(() => {
  'use strict';
  const fs = require('node:fs');
  const path = require('node:path');
  const { Module, builtinModules } = require('node:module');
  const { Readable } = require('node:stream');
  const { pathToFileURL } = require('node:url');

  const RESULT_FD = 3;
  // By this the node finds what was started here, so it stays what it is.
  const MARKER = 'RAPTOR_ATTEMPT';
  // How an answer is marked that is not the function's own, and after which this process should not
  // be used any more, where somebody looks: '1', by a sign before it; 'key', by a member of it.
  const FATAL = process.env.RAPTOR_LAUNCHER_FATAL;
  // Whether lines are not kept waiting for the answers of those before them: answers come as they
  // come then, and begin with their line's number (0, 1, 2...) and a blank.
  const CONCURRENT = process.env.RAPTOR_LAUNCHER_CONCURRENT === '1';
  // Where a module leaves the function that it does not export.
  const INNER = Symbol.for('raptor.function');

  const [, file, name] = process.argv;
  const input = process.stdin;
  // Calls that are not answered yet.
  let open = 0;
  let ended = false;

  // Modules whose names are globals in any script.
  const KEPT = new Set(['console', 'crypto', 'process']);

  // Leaves what a file finds when it is run by its own name: -e makes all modules global.
  function tidy() {
    const extra = ['require', 'module', 'exports', '__filename', '__dirname'];
    for (const word of [...builtinModules, ...extra]) {
      if (!KEPT.has(word)) delete globalThis[word];
    }
    process.argv = [process.execPath, file];
    process.execArgv = [];
    let empty;
    const get = () => (empty ??= Readable.from([]));
    Object.defineProperty(process, 'stdin', { get, configurable: true, enumerable: true });
  }

  // Whether the file is an ECMAScript module: by its ending, else by the package that it is in.
  function isModule() {
    const ending = path.extname(file);
    if (ending !== '.js') return ending === '.mjs';
    for (let directory = path.dirname(file); ; directory = path.dirname(directory)) {
      try {
        const text = fs.readFileSync(path.join(directory, 'package.json'), 'utf8');
        return JSON.parse(text).type === 'module';
      } catch (error) {
        if (error.code !== 'ENOENT') return false;
      }
      if (directory === path.dirname(directory)) return false;
    }
  }

  // Loads a CommonJS module, and lets it look up the function among what it does not export.
  function load() {
    const module = new Module(file, null);
    module.filename = file;
    module.paths = Module._nodeModulePaths(path.dirname(file));
    Module._cache[file] = module;
    const source = fs.readFileSync(file, 'utf8');
    const lookup = `try { module[Symbol.for('raptor.function')] = ${name} } catch {}`;
    try {
      module._compile(`${source}\n;${lookup}`, file);
    } catch (error) {
      // A file that ends too early is said to be wrong in its own last line.
      if (!(error instanceof SyntaxError && String(error.stack).includes(lookup))) throw error;
      module._compile(source, file);
    }
    module.loaded = true;
    return { exports: module.exports, inner: module[INNER] };
  }

  // The function: an export, one of the default export, that itself, or one that is not exported.
  async function find() {
    const foreign = globalThis[name];
    const found = isModule() ? { exports: await import(pathToFileURL(file)) } : load();
    const { exports, inner } = found;
    const seen = (root) => name.split('.').reduce((at, key) => at?.[key], root);
    const itself = [exports, exports?.default].filter((value) => value?.name === name);
    const candidates = [seen(exports), seen(exports?.default), ...itself];
    if (inner !== foreign) candidates.push(inner);
    const main = candidates.find((value) => typeof value === 'function');
    if (!main) throw new TypeError(`Action entrypoint '${name}' is not a function.`);
    return main;
  }

  // Sets the variables that the line has, and gives the parameters.
  function parameters(line) {
    const { value, ...fields } = JSON.parse(line);
    for (const [key, text] of Object.entries(fields)) {
      const variable = key.toUpperCase();
      if (variable === MARKER) continue;
      process.env[variable.startsWith('RAPTOR_') ? variable : `__OW_${variable}`] =
        typeof text === 'string' ? text : JSON.stringify(text);
    }
    return value ?? {};
  }

  function textOf(error) {
    try {
      return String(error);
    } catch {
      return 'something without a text was thrown';
    }
  }

  // The stack without the launcher's frames.
  function stackOf(error) {
    const lines = String(error.stack).split('\n');
    return lines.filter((line) => !/^ +at .*(\[eval\]|node:internal)/.test(line)).join('\n');
  }

  function report(error) {
    console.error(error instanceof Error && error.stack ? stackOf(error) : error);
  }

  // What a promise was rejected with, as OpenWhisk's runtime gives it.
  function reasonOf(error) {
    if (!error) return {};
    try {
      if (!(error instanceof Error)) return JSON.parse(JSON.stringify(error));
      const { name, message } = error;
      const reason = { name, message, stack: stackOf(error) };
      return { ...JSON.parse(JSON.stringify(error)), ...reason };
    } catch {
      return textOf(error?.message ?? error);
    }
  }

  // An answer that is not the function's own.
  function fatal(error) {
    const answer = FATAL === 'key' ? { error, raptor_fatal: true } : { error };
    return (FATAL === '1' ? '!' : '') + JSON.stringify(answer);
  }

  // The answer of a process that could not load its file.
  function brokenAnswer({ error }) {
    if (FATAL !== 'key') return JSON.stringify({ error: textOf(error) });
    const text = error instanceof Error && error.stack ? stackOf(error) : textOf(error);
    return fatal(`Initialization has failed due to: ${text}`);
  }

  function answerOf(result) {
    let text;
    try {
      text = JSON.stringify(result === undefined ? {} : result);
    } catch (error) {
      return JSON.stringify({ error: `the result of '${name}' is not JSON: ${textOf(error)}` });
    }
    if (typeof result === 'function' || !/^[{[]/.test(text)) {
      console.error(`Result must be of type object but has type "${typeof result}":`, result);
      return fatal('The action did not return a dictionary or array.');
    }
    return text;
  }

  async function call(main, value) {
    let result;
    try {
      result = main(value);
    } catch (error) {
      report(error);
      return fatal(FATAL ? `An error has occurred: ${textOf(error)}` : textOf(error));
    }
    try {
      return answerOf(await result);
    } catch (error) {
      // OpenWhisk's runtime, which looks for fatal answers, says nothing of it in the log.
      if (!FATAL) report(error);
      return JSON.stringify({ error: reasonOf(error) });
    }
  }

  // The log needs no flushing: Node.js writes it to pipes and files at once.
  function send(text) {
    const bytes = Buffer.from(`${text}\n`);
    for (let at = 0; at < bytes.length; ) at += fs.writeSync(RESULT_FD, bytes, at);
  }

  async function answer(number, line, main, broken) {
    // Of calls that overlap the last to begin sets the variables: a process has them once.
    const value = parameters(line);
    open += 1;
    const text = broken ? brokenAnswer(broken) : await call(main, value);
    send(number + text);
    open -= 1;
    if (ended && open === 0) process.exit(0);
  }

  async function* lines() {
    let parts = [];
    for await (const chunk of input) {
      let rest = chunk;
      for (let end; (end = rest.indexOf('\n')) >= 0; rest = rest.subarray(end + 1)) {
        yield Buffer.concat([...parts, rest.subarray(0, end)]).toString();
        parts = [];
      }
      parts.push(rest);
    }
  }

  async function run() {
    const asked = process.env.__OW_WAIT_FOR_ACK === '1';
    let main, broken;
    try {
      main = await find();
    } catch (error) {
      report(error);
      broken = { error };
    }
    if (asked && broken) {
      const { error } = broken;
      send(JSON.stringify({ ok: false, error: error?.stack ? stackOf(error) : textOf(error) }));
      process.exit(1);
    }
    if (asked) send('{"ok":true}');
    if (process.env.RAPTOR_LAUNCHER_READY === '1') fs.writeSync(RESULT_FD, '\0');
    delete process.env.RAPTOR_LAUNCHER_READY;
    let count = 0;
    for await (const line of lines()) {
      const answered = answer(CONCURRENT ? `${count++} ` : '', line, main, broken);
      if (!CONCURRENT) await answered;
    }
    ended = true;
    if (open === 0) process.exit(0);
  }

  process.on('exit', () => {
    if (open === 0 || process.exitCode) return;
    console.error(`'${name}' has returned a promise that nothing can settle any more.`);
    process.exitCode = 13;
  });
  // Not before this script has ended: Node.js itself goes on to make modules global.
  setImmediate(() => {
    tidy();
    run();
  });
})();
