// The engine of a page without a server: Python in this worker answers the messages that the page posts.
// Beside it lie site.json, which says where Pyodide is and which packages there are, and those packages.
"use strict";

const waiting = [];
let engine = null;
let turning = false;

onmessage = (event) => {
  waiting.push(event.data); // messages go to and fro as JSON texts: nobody reads them but their two ends
  if (engine !== null && !turning) turn();
};

// One turn after the other, with a look for messages in between; while nothing is to be done, nothing happens.
const bell = new MessageChannel();
bell.port1.onmessage = () => turn();

function turn() {
  turning = true;
  while (waiting.length > 0) engine.take(waiting.shift());
  for (const said of engine.turn()) postMessage(said);
  if (engine.busy() || waiting.length > 0) bell.port2.postMessage(null);
  else turning = false;
}

async function bytes(name) {
  const response = await fetch(name);
  if (!response.ok) throw new Error(`${name} is not there`);
  return response.arrayBuffer();
}

async function start() {
  const site = await (await fetch("site.json")).json();
  const archives = Promise.all([bytes(site.needed), bytes(site.own)]); // beside Pyodide's own files
  const home = new URL(site.pyodide, location.href).href;
  importScripts(`${home}pyodide.js`);
  const quiet = () => {};
  const pyodide = await loadPyodide({ indexURL: home, packages: ["numpy"], stdout: quiet, stderr: quiet });
  const [needed, own] = await archives;
  pyodide.FS.writeFile("/needed.zip", new Uint8Array(needed), { canOwn: true }); // of it modules are read one by one
  pyodide.unpackArchive(own, "zip", { extractDir: "/packages" });
  const python = pyodide.runPython(`
import sys
sys.dont_write_bytecode = True
sys.path[:0] = ["/packages", "/needed.zip"]
from chainrule.play.worker import begin, unburden
unburden()
begin()
`);
  engine = {
    take: (text) => python.take(text),
    turn: () => {
      const said = python.turn();
      const texts = said.toJs();
      said.destroy();
      return texts;
    },
    busy: () => python.busy(),
  };
  postMessage(JSON.stringify({ id: null, event: "begun" }));
  turn();
}

start().catch((error) => {
  postMessage(JSON.stringify({ id: null, event: "failed", why: String(error.message ?? error) }));
});
