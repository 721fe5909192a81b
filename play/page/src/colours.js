// Colours of a spec: the classes that the grammar's own scanner gives to its words.
import { EditorState, StateEffect, StateField } from "@codemirror/state";
import { Decoration, EditorView } from "@codemirror/view";

const put = /** @type {import("@codemirror/state").StateEffectType<[number, number, string][]>} */ (StateEffect.define());

const marks = new Map();
const markOf = (kind) => marks.get(kind) || marks.set(kind, Decoration.mark({ class: "cm-" + kind })).get(kind);

const coloured = StateField.define({
  create: () => Decoration.none,
  update(now, change) {
    for (const effect of change.effects) {
      if (!effect.is(put)) continue;
      const length = change.state.doc.length;
      return Decoration.set(effect.value.filter(([, to]) => to <= length).map(([from, to, kind]) => markOf(kind).range(from, to)));
    }
    return now.map(change.changes);
  },
  provide: (field) => EditorView.decorations.from(field),
});

export const colours = [coloured, EditorState.languageData.of(() => [{ commentTokens: { line: "#" } }]), EditorView.theme({
  ".cm-keyword": { color: "var(--keyword)", fontWeight: "600" },
  ".cm-number": { color: "var(--number)" },
  ".cm-text": { color: "var(--string)" },
  ".cm-operator, .cm-comment": { color: "var(--soft)" },
  ".cm-doc": { color: "var(--story)", fontStyle: "italic" },
  ".cm-operation": { color: "var(--operation-word)" },
  ".cm-faulty": { color: "var(--wrong)" },
})];

/** @param {[number, number, string][]} tokens as the engine tells them of the text that stands there now */
export const colouring = (tokens) => put.of(tokens);
