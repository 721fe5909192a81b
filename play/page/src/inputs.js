// A slider for each scalar that is given: inputs, params and constants. The numbers follow while it is dragged.

/** @param {HTMLElement} form @param {HTMLElement} fields @param {(values: Record<string, number>, dragged: boolean) => void} changed */
export function inputs(form, fields, changed) {
  let given = {}, shown = "";
  const scalar = (each) => typeof each.value === "number";

  /** @param {any[]} all as `check` tells them */
  function show(all) {
    const told = all.filter(scalar).slice(0, 24), key = JSON.stringify(told);
    if (key === shown) return;
    shown = key;
    given = {};
    form.hidden = !told.length;
    fields.replaceChildren(...told.map(row));
  }

  function row(each) {
    const label = document.createElement("label"), name = document.createElement("span");
    const slider = document.createElement("input"), field = document.createElement("input");
    const path = each.path || each.name, span = Math.max(Math.abs(each.value) * 2, 1);
    name.textContent = each.name;
    slider.type = "range";
    slider.min = String(each.value - span);
    slider.max = String(each.value + span);
    slider.step = String(10 ** (Math.floor(Math.log10(span)) - 2));
    slider.value = String(each.value);
    slider.setAttribute("aria-label", each.name + ", by slider");
    field.value = String(each.value);
    field.inputMode = "decimal";
    field.autocomplete = "off";
    field.setAttribute("aria-label", each.name);
    const put = (value, dragged) => {
      given[path] = value;
      label.classList.toggle("changed", value !== each.value);
      changed({ ...given }, dragged);
    };
    slider.addEventListener("input", () => {
      const value = Number(Number(slider.value).toPrecision(6));
      field.value = String(value);
      put(value, true);
    });
    slider.addEventListener("change", () => changed({ ...given }, false));
    field.addEventListener("change", () => {
      const value = Number(field.value.trim());
      const fine = field.value.trim() !== "" && Number.isFinite(value);
      document.getElementById("trouble").textContent = fine ? "" : field.value + " is not a number";
      if (!fine) return;
      slider.value = String(value);
      put(value, false);
    });
    label.append(name, slider, field);
    return label;
  }

  document.getElementById("reset").addEventListener("click", () => {
    const told = JSON.parse(shown || "[]");
    shown = "";
    show(told);
    changed({}, false);
  });
  return { show, get given() { return given; } };
}
