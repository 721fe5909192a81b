// Builds what browsers load from the sources: the page with an engine, and the page of a file with its script.
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
await put(join(here, "built"), "index.html", await assembled(join(here, "index.html")));
await put(join(pages, "built"), "page.js", alone.outputFiles[0].text);
await put(join(pages, "built"), "page.html", await assembled(join(pages, "page.html")));

async function put(place, name, text) {
  const target = folder || place;
  await mkdir(target, { recursive: true });
  await writeFile(join(target, name), text);
}

/** A page with the parts that both pages have in place of `<!-- part: NAME -->`, as far in as that stands. */
async function assembled(path) {
  const lines = (await readFile(path, "utf8")).split("\n");
  return (await Promise.all(lines.map(async (line) => {
    const [, indent, name] = line.match(/^( *)<!-- part: ([a-z]+\.html) -->$/) || [];
    if (!name) return line;
    const part = await readFile(join(pages, "parts", name), "utf8");
    return part.trimEnd().split("\n").map((each) => indent + each).join("\n");
  }))).join("\n");
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
