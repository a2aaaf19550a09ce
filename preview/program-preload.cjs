"use strict";
// Loaded into the evaluated program before anything else (node --require). It changes nothing the program can see; it adds what the SDK
// does not send: where an invoke was called, and what the process cost. Plain JavaScript, because it runs before any transpiler.
const { AsyncLocalStorage } = require("node:async_hooks");
const fs = require("node:fs");
const Module = require("node:module");
const { fileURLToPath, pathToFileURL } = require("node:url");

// The program must not hand this preload on to processes it starts itself.
delete process.env.NODE_OPTIONS;
const { CHAINSTEAD_PRELOAD: flags = "" } = process.env;
delete process.env.CHAINSTEAD_PRELOAD;

const callSites = new AsyncLocalStorage();
const patches = {
  // Each of these ends in one Invoke or Call request, built in the same asynchronous context.
  "/@pulumi/pulumi/runtime/invoke.js": (exported) => {
    for (const name of ["invoke", "invokeOutput", "invokeSingle", "invokeSingleOutput", "call", "callSingle"]) {
      const original = exported[name];
      if (typeof original !== "function") continue;
      exported[name] = (...args) => callSites.run(callSite(), () => original(...args));
    }
  },
  "/@pulumi/pulumi/proto/resource_pb.js": (exported, load) => {
    for (const request of [exported.ResourceInvokeRequest, exported.ResourceCallRequest]) {
      const setTok = request.prototype.setTok;
      request.prototype.setTok = function (token) {
        const site = callSites.getStore();
        if (site) {
          const { SourcePosition } = load("./source_pb.js");
          this.setSourceposition(new SourcePosition().setUri(site.uri).setLine(site.line).setColumn(site.column));
        }
        return setTok.call(this, token);
      };
    }
  },
  // The SDK takes a stack for every promise and every registration and maps all of its frames back to their sources: half of the whole
  // cost. Promises' stacks are read only when leaks are debugged, and of a registration's one frame is used.
  "/@pulumi/pulumi/runtime/debuggable.js": (exported) => {
    const original = exported.debuggablePromise;
    if (exported.debugPromiseLeaks) return;
    exported.debuggablePromise = (promise, context) => {
      const { stackTraceLimit } = Error;
      Error.stackTraceLimit = 0;
      try {
        return original(promise, context);
      } finally {
        Error.stackTraceLimit = stackTraceLimit;
      }
    };
  },
  "/@pulumi/pulumi/resource.js": (exported) => {
    exported.Resource.callsites = oneMappedFrame;
  },
  // With colours, Node 20.20's util.inspect never ends on a frame such as node_modules/@scope/file.ts, and the SDK's source maps make
  // exactly those; the program would hang for minutes on its first error. The stack itself says as much.
  "/@pulumi/pulumi/cmd/run/error.js": (exported) => {
    const original = exported.defaultErrorMessage;
    exported.defaultErrorMessage = (error) => (typeof error?.stack === "string" ? withCauses(error) : original(error));
  },
};
// Debug lines are one serial request each, three per resource: a fifth of the whole cost, and nobody reads them here.
if (!flags.includes("debug")) {
  patches["/@pulumi/pulumi/log/index.js"] = (exported) => {
    exported.debug = () => Promise.resolve();
  };
}

const patched = new Set();
const loadModule = Module._load;
Module._load = function (request, parent, isMain) {
  const exported = loadModule.call(this, request, parent, isMain);
  if (/(invoke|resource|resource_pb|log|error|debuggable)(\.js|\/index)?$/.test(request)) {
    try {
      const file = Module._resolveFilename(request, parent, isMain).replace(/\\/g, "/");
      const suffix = Object.keys(patches).find((end) => file.endsWith(end));
      // Modules that require each other are handed out half made; only a finished one can be patched.
      if (suffix && !patched.has(file) && Module._cache[file]?.loaded) {
        patched.add(file);
        patches[suffix](exported, Module.createRequire(file));
      }
    } catch {
      // A module that does not resolve has already failed above or is optional.
    }
  }
  return exported;
};

/** The first frame that belongs to the program: not Node's, not a package's. */
function callSite() {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 50;
  const stack = String(new Error().stack);
  Error.stackTraceLimit = limit;
  for (const frame of stack.split("\n").slice(1)) {
    const match = /\(?((?:file:\/\/)?\/[^()]*):(\d+):(\d+)\)?$/.exec(frame.trim());
    if (!match || match[1].includes("/node_modules/") || match[1] === __filename) continue;
    const uri = match[1].startsWith("file://") ? match[1] : pathToFileURL(match[1]).href;
    return { uri, line: Number(match[2]), column: Number(match[3]) };
  }
  return undefined;
}

/** As long as the whole stack, with only the innermost frame of the program filled in. */
function oneMappedFrame() {
  const { stackTraceLimit, prepareStackTrace } = Error;
  let frames = [];
  try {
    Error.stackTraceLimit = Number.POSITIVE_INFINITY;
    Error.prepareStackTrace = (_error, callSites) => (frames = callSites);
    void new Error().stack;
  } finally {
    Error.prepareStackTrace = prepareStackTrace;
    Error.stackTraceLimit = stackTraceLimit;
  }
  // The SDK drops the first five: its own and the constructor of the resource's class.
  const own = frames.find((frame, index) => index >= 5 && isOwn(frame.getFileName()));
  return frames.map((frame) => {
    if (frame !== own) return {};
    const text = prepareStackTrace ? String(prepareStackTrace(new Error(), [frame])) : `(${frame.getFileName()}:${frame.getLineNumber()}:${frame.getColumnNumber()})`;
    const match = /\(?((?:file:\/\/)?\/[^()]*):(\d+):(\d+)\)?\s*$/.exec(text);
    return match ? { file: match[1].startsWith("file://") ? fileURLToPath(match[1]) : match[1], line: Number(match[2]), column: Number(match[3]) } : {};
  });
}

const isOwn = (file) => typeof file === "string" && /^(file:\/\/)?\//.test(file) && !file.includes("/node_modules/") && file !== __filename;

function withCauses(error) {
  const cause = error.cause;
  return cause instanceof Error && cause !== error ? `${error.stack}\n  caused by ${withCauses(cause)}` : error.stack;
}

process.on("exit", () => {
  const { user, system } = process.cpuUsage();
  try {
    fs.writeSync(3, JSON.stringify({ cpuSeconds: (user + system) / 1e6 }));
  } catch {
    // Nobody listens: started by hand.
  }
});
