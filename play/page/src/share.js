// A spec in a link, and what can be taken away as a file.

const base64url = (bytes) => {
  let text = "";
  for (const each of bytes) text += String.fromCharCode(each);
  return btoa(text).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
};
const through = async (bytes, stream) => new Uint8Array(await new Response(new Blob([bytes]).stream().pipeThrough(stream)).arrayBuffer());

/** @param {string} text */
export async function packed(text) {
  return base64url(await through(new TextEncoder().encode(text), new CompressionStream("deflate-raw")));
}

/** The text of a packed one. @param {string} word */
export async function unpacked(word) {
  const bytes = Uint8Array.from(atob(word.replace(/-/g, "+").replace(/_/g, "/")), (each) => each.charCodeAt(0));
  return new TextDecoder().decode(await through(bytes, new DecompressionStream("deflate-raw")));
}

/** @param {string} filename @param {BlobPart} content */
export function save(filename, content, type = "text/plain") {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([content], { type }));
  link.download = filename;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** The bytes of an answer. @param {{text?: string, base64?: string}} answer */
export const content = (answer) => answer.text ?? Uint8Array.from(atob(answer.base64), (each) => each.charCodeAt(0));

/** The picture as it is seen, in a file that needs no page. @param {SVGSVGElement} svg @param {string} style */
export function alone(svg, style) {
  const copy = /** @type {any} */ (svg.cloneNode(true)), sheet = document.createElementNS("http://www.w3.org/2000/svg", "style");
  const width = Number(svg.getAttribute("width")), height = Number(svg.getAttribute("height"));
  for (const each of copy.querySelectorAll("[hidden], .later, .flow")) each.remove();
  sheet.textContent = style;
  copy.prepend(sheet);
  copy.setAttribute("viewBox", `0 0 ${width} ${height}`);
  return { text: new XMLSerializer().serializeToString(copy), width, height };
}

/** @param {{text: string, width: number, height: number}} drawn @returns {Promise<Blob>} */
export function png(drawn, scale = 2) {
  return new Promise((resolve, reject) => {
    const image = new Image(), address = URL.createObjectURL(new Blob([drawn.text], { type: "image/svg+xml" }));
    image.onload = () => {
      const canvas = document.createElement("canvas");
      canvas.width = Math.min(16_000, drawn.width * scale);
      canvas.height = Math.min(16_000, drawn.height * scale);
      canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
      URL.revokeObjectURL(address);
      canvas.toBlob((made) => (made ? resolve(made) : reject(new Error("the picture is too large"))));
    };
    image.onerror = () => reject(new Error("the picture can't be read"));
    image.src = address;
  });
}
