// One's own rows: CSV files put beside the spec, and what a trained model makes of rows.

const element = (id) => /** @type {any} */ (document.getElementById(id));

/** @param {{ask: any, spec: () => {name: string, text: string}, said: (text: string) => void, dropped: (answer: any) => void}} acts */
export function rows(acts) {
  async function take(files) {
    for (const file of files) {
      try {
        const answer = await acts.ask("file", { name: file.name, text: await file.text() });
        acts.said(`${file.name} is beside the spec now`);
        acts.dropped(answer);
        columns(answer.columns || []);
      } catch (error) {
        acts.said(error.message);
      }
    }
    await list();
  }

  function columns(found) {
    element("columns").textContent = found.length ? "Columns: " + found.map((each) => each.name ?? each).join(", ") : "";
  }

  async function list() {
    const { files } = await acts.ask("files");
    element("files").replaceChildren(...files.map((each) => {
      const item = document.createElement("li"), name = document.createElement("code"), button = document.createElement("button");
      name.textContent = each.name ?? each;
      button.type = "button";
      button.textContent = "Forget";
      button.setAttribute("aria-label", "forget " + name.textContent);
      button.addEventListener("click", async () => { await acts.ask("forget", { name: name.textContent }).catch((error) => acts.said(error.message)); await list(); });
      item.append(name, " ", button);
      return item;
    }));
  }

  function table(answer) {
    const made = document.createElement("table"), head = made.createTHead().insertRow(), body = made.createTBody();
    for (const each of answer.columns) {
      const cell = document.createElement("th");
      cell.scope = "col";
      cell.textContent = each.name ?? each;
      head.append(cell);
    }
    for (const row of answer.rows.slice(0, 500)) {
      const line = body.insertRow();
      for (const each of Array.isArray(row) ? row : answer.columns.map((name) => row[name])) {
        line.insertCell().textContent = typeof each === "number" ? String(Number(each.toPrecision(6))) : String(each);
      }
    }
    element("predicted").replaceChildren(made);
  }

  element("predict-form").addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      table(await acts.ask("predict", { ...acts.spec(), csv: element("predict-rows").value }));
    } catch (error) {
      element("predicted").textContent = error.message;
    }
  });
  element("csv").addEventListener("change", () => take(element("csv").files));
  document.addEventListener("dragover", (event) => {
    if (!event.dataTransfer.types.includes("Files")) return;
    event.preventDefault();
    document.body.classList.add("dropping");
  });
  document.addEventListener("dragleave", (event) => { if (!event.relatedTarget) document.body.classList.remove("dropping"); });
  document.addEventListener("drop", (event) => {
    document.body.classList.remove("dropping");
    if (!event.dataTransfer.files.length) return;
    event.preventDefault();
    event.stopPropagation();
    take(event.dataTransfer.files);
  }, { capture: true });
}
