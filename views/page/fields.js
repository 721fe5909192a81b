// A field for each scalar input of a graph that the page can compute by itself.

/** @param {any} data @param {(given: Record<number, number>) => void} give */
export function fields(data, give) {
  const element = (id) => /** @type {any} */ (document.getElementById(id));
  if (!data.program) return;
  const given = /** @type {Record<number, number>} */ ({}), all = data.inputs.map(row);
  element("inputs").hidden = false;
  element("fields").replaceChildren(...all.map((field) => field.parentElement));
  element("inputs").addEventListener("submit", (event) => event.preventDefault());
  element("reset").addEventListener("click", () => {
    for (const number of data.inputs) delete given[number];
    for (const [place, field] of all.entries()) {
      field.value = String(data.nodes[data.inputs[place]].number);
      field.classList.remove("changed");
    }
    element("trouble").textContent = "";
    give(given);
  });

  function row(number) {
    const label = document.createElement("label"), name = document.createElement("span");
    const field = document.createElement("input");
    name.textContent = data.nodes[number].name;
    field.value = String(data.nodes[number].number);
    field.inputMode = "decimal";
    field.autocomplete = "off";
    field.addEventListener("change", () => edited(field, number));
    label.append(name, field);
    return field;
  }

  function edited(field, number) {
    const text = field.value.trim(), value = Number(text);
    const fine = text !== "" && Number.isFinite(value);
    element("trouble").textContent = fine ? "" : text + " is not a number";
    if (!fine) return;
    given[number] = value;
    field.classList.toggle("changed", value !== data.nodes[number].number);
    give(given);
  }
}
