// Runs a Python script in Pyodide: node session.mjs FOLDER PACKAGE SCRIPT
// FOLDER is what prepare.py has filled, PACKAGE the checkout, which is mounted as the package `chainrule`.
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { join, resolve } from "node:path";

const [folder, checkout, script] = process.argv.slice(2).map((path) => resolve(path));
const home = join(folder, "node_modules", "pyodide");
const { loadPyodide } = await import(pathToFileURL(join(home, "pyodide.mjs")).href);
const pyodide = await loadPyodide({ indexURL: home });

const mounts = { "/site": join(folder, "site"), "/packages/chainrule": checkout };
for (const [place, root] of Object.entries(mounts)) {
  pyodide.FS.mkdirTree(place);
  pyodide.FS.mount(pyodide.FS.filesystems.NODEFS, { root }, place);
}
pyodide.runPython("import sys; sys.dont_write_bytecode = True; sys.path[:0] = ['/site', '/packages']");
try {
  pyodide.runPython(readFileSync(script, "utf8"));
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
