// Builds what browsers load from the sources: the page with an engine, and the script of a file's page.
// `node build.js [FOLDER]`: into FOLDER in place of where the package has them.
import { build } from "esbuild";
import { mkdir, readFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL(".", import.meta.url)), pages = join(here, "../../views/page");
const folder = process.argv[2];
const options = { bundle: true, minify: true, format: "iife", target: "es2022", charset: "utf8", legalComments: "none", absWorkingDir: here };

const made = await build({ ...options, entryPoints: [join(here, "src/main.js")], write: false, metafile: true });
const alone = await build({ ...options, entryPoints: [join(pages, "page.js")], write: false });
await put(join(here, "built"), "play.js", made.outputFiles[0].text);
await put(join(here, "built"), "play.css", await readFile(join(pages, "steps.css"), "utf8") + (await readFile(join(here, "style.css"), "utf8")));
await put(join(here, "built"), "licences.txt", await licences(made.metafile));
await put(join(pages, "built"), "page.js", alone.outputFiles[0].text);

async function put(place, name, text) {
  const target = folder || place;
  await mkdir(target, { recursive: true });
  await writeFile(join(target, name), text);
}

/** The licences of all packages that went into a bundle. */
async function licences(metafile) {
  const names = new Set(Object.keys(metafile.inputs).flatMap((path) => path.match(/node_modules\/((?:@[^/]+\/)?[^/]+)/)?.[1] || []));
  const texts = await Promise.all([...names].sort().map(async (name) => {
    const place = join(here, "node_modules", name), file = (await readdir(place)).find((each) => /^licen[cs]e/i.test(each));
    const { version } = JSON.parse(await readFile(join(place, "package.json"), "utf8"));
    return `${name} ${version}\n\n${file ? await readFile(join(place, file), "utf8") : ""}`;
  }));
  return texts.join("\n----\n\n");
}
