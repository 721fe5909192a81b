// The text: CodeMirror in a shadow root, where its style sheets are constructed and no policy forbids them.
import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { bracketMatching, indentUnit } from "@codemirror/language";
import { diagnosticCount, lintGutter, lintKeymap, setDiagnostics } from "@codemirror/lint";
import { highlightSelectionMatches, searchKeymap } from "@codemirror/search";
import { EditorState, Prec, StateEffect, StateField } from "@codemirror/state";
import { Decoration, EditorView, drawSelection, dropCursor, highlightActiveLine, highlightActiveLineGutter, hoverTooltip, keymap, lineNumbers, placeholder } from "@codemirror/view";
import { colouring, colours } from "./colours.js";

const theme = EditorView.theme({
  "&": { height: "100%", fontSize: "var(--code-size)", backgroundColor: "var(--page)", color: "var(--text)" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "1.6" },
  ".cm-content": { caretColor: "var(--accent)", padding: ".75rem 0" },
  ".cm-gutters": { backgroundColor: "var(--page)", color: "var(--soft)", border: "none" },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "var(--active)" },
  ".cm-cursor": { borderLeftColor: "var(--accent)", borderLeftWidth: "2px" },
  "&.cm-focused .cm-selectionBackground, .cm-selectionBackground": { backgroundColor: "var(--selected) !important" },
  ".cm-placeholder": { color: "var(--soft)" },
  ".cm-lit": { backgroundColor: "var(--mark)" },
  ".cm-tooltip": { backgroundColor: "var(--raised)", color: "var(--text)", border: "1px solid var(--line)", borderRadius: "8px", boxShadow: "0 4px 16px #0003", overflow: "hidden", font: "15px/1.5 var(--sans)", maxWidth: "34rem" },
  ".cm-tooltip-autocomplete ul li": { padding: "3px 10px !important", fontFamily: "var(--mono)" },
  ".cm-tooltip-autocomplete ul li[aria-selected]": { backgroundColor: "var(--accent)", color: "var(--on-accent)" },
  ".cm-diagnostic": { padding: ".5rem .8rem", borderLeft: "4px solid var(--wrong)" },
  ".cm-diagnostic-warning": { borderLeftColor: "var(--warned)" },
  ".cm-diagnostic-info": { borderLeftColor: "var(--accent)" },
  ".cm-diagnosticAction": { font: "inherit", backgroundColor: "var(--accent)", color: "var(--on-accent)", borderRadius: "6px", padding: ".15rem .6rem", margin: ".3rem .4rem 0 0", cursor: "pointer" },
  ".cm-hover": { padding: ".5rem .8rem" },
  ".cm-hover b": { fontFamily: "var(--mono)" },
  ".cm-panels": { backgroundColor: "var(--raised)", color: "var(--text)" },
});

const lightLines = /** @type {import("@codemirror/state").StateEffectType<number[]>} */ (StateEffect.define());
const lit = StateField.define({
  create: () => Decoration.none,
  update(marks, change) {
    for (const effect of change.effects) {
      if (!effect.is(lightLines)) continue;
      const lines = effect.value.filter((line) => line >= 1 && line <= change.state.doc.lines);
      return Decoration.set(lines.map((line) => Decoration.line({ class: "cm-lit" }).range(change.state.doc.line(line).from)));
    }
    return marks.map(change.changes);
  },
  provide: (field) => EditorView.decorations.from(field),
});

// Typed over several lines, a browser would join them by elements with styles, which the page's policy forbids.
const overLines = EditorView.domEventHandlers({
  beforeinput(event, view) {
    const { from, to, empty } = view.state.selection.main;
    if (event.inputType !== "insertText" || event.data === null || empty || view.composing) return false;
    if (view.state.doc.lineAt(from).to >= to) return false;
    event.preventDefault();
    view.dispatch(view.state.replaceSelection(event.data), { userEvent: "input.type", scrollIntoView: true });
    return true;
  },
});

/** @param {HTMLElement} host
 * @param {{changed: (text: string) => void, moved: (line: number) => void, tidy: () => void,
 *   complete: (at: number) => Promise<any>, hover: (at: number) => Promise<any>}} acts */
export function editor(host, acts) {
  const root = host.attachShadow({ mode: "open" });
  let line = 0;
  const completion = async (context) => {
    const word = context.matchBefore(/[\p{L}\p{N}_.-]*/u);
    if (!context.explicit && (!word || word.from === word.to)) return null;
    const found = await acts.complete(context.pos).catch(() => null);
    if (!found?.items?.length) return null;
    return { from: found.from, validFor: /^[\p{L}\p{N}_-]*$/u, options: found.items.map((each) => ({
      label: each.label, detail: each.detail || undefined, info: each.about || undefined, apply: each.insert || each.label,
      type: { operation: "function", block: "class", keyword: "keyword", input: "variable", node: "variable", param: "property" }[each.kind] || "text",
    })) };
  };
  const hover = hoverTooltip(async (view, at) => {
    const found = await acts.hover(at).catch(() => null);
    if (!found?.title) return null;
    return { pos: found.from ?? at, end: found.to ?? at, above: true, create: () => ({ dom: hovered(found) }) };
  });
  const view = new EditorView({
    root,
    state: EditorState.create({ extensions: [
      lineNumbers(), highlightActiveLineGutter(), history(), drawSelection(), dropCursor(), indentUnit.of("  "),
      bracketMatching(), closeBrackets(), autocompletion({ override: [completion] }), highlightActiveLine(),
      highlightSelectionMatches(), lintGutter(), hover, lit, theme, overLines, colours,
      placeholder("input x = 3\noutput y = x * x"), EditorView.contentAttributes.of({ "aria-label": "spec", tabindex: "0", spellcheck: "false" }),
      Prec.high(keymap.of([{ key: "Mod-s", run: () => { acts.tidy(); return true; } }])),
      keymap.of([...closeBracketsKeymap, ...defaultKeymap, ...searchKeymap, ...historyKeymap, ...completionKeymap, ...lintKeymap, indentWithTab]),
      EditorView.updateListener.of((update) => {
        if (update.docChanged) acts.changed(update.state.doc.toString());
        const now = update.state.doc.lineAt(update.state.selection.main.head).number;
        if ((update.selectionSet || update.docChanged) && now !== line) { line = now; acts.moved(now); }
      }),
    ] }),
    parent: root,
  });

  const text = () => view.state.doc.toString();
  return {
    view, text,
    /** Puts another text in its place; what is alike at both ends stays, and with it the cursor. @param {string} next */
    write(next) {
      const old = text();
      let start = 0, end = 0;
      const most = Math.min(old.length, next.length);
      while (start < most && old[start] === next[start]) start += 1;
      while (end < most - start && old[old.length - 1 - end] === next[next.length - 1 - end]) end += 1;
      if (old !== next) view.dispatch({ changes: { from: start, to: old.length - end, insert: next.slice(start, next.length - end) } });
    },
    colour: (tokens) => view.dispatch({ effects: colouring(tokens) }),
    /** @param {any[]} found as the engine tells faults */
    underline(found) {
      if (!found.length && !diagnosticCount(view.state)) return; // it would be another update of the view for nothing
      const length = view.state.doc.length;
      const marks = found.filter((each) => each.from !== undefined && each.from !== null).map((each) => ({
        from: Math.min(each.from, length), to: Math.min(Math.max(each.to, each.from), length),
        severity: { error: "error", warning: "warning" }[each.severity] || "info", source: each.code,
        message: each.message + (each.hint ? "\n" + each.hint : ""), actions: (each.fixes || []).map(action),
      }));
      view.dispatch(setDiagnostics(view.state, /** @type {any} */ (marks)));
    },
    /** @param {number} number */
    goTo(number) {
      if (number < 1 || number > view.state.doc.lines) return;
      const { from } = view.state.doc.line(number);
      line = number;
      view.dispatch({ selection: { anchor: from }, effects: [EditorView.scrollIntoView(from, { y: "nearest" }), lightLines.of([number])] });
    },
    light: (lines) => view.dispatch({ effects: lightLines.of(lines) }),
    fix,
  };

  function action(fixed) {
    return { name: fixed.title, apply: () => fix(fixed) };
  }
  function fix(fixed) {
    view.dispatch({ changes: { from: fixed.from, to: fixed.to, insert: fixed.text } });
    view.focus();
  }
}

function hovered(found) {
  const box = document.createElement("div"), title = document.createElement("b");
  box.className = "cm-hover";
  title.textContent = found.title;
  box.append(title);
  for (const each of [found.shape, found.formula, found.about]) {
    if (!each) continue;
    const line = document.createElement("div");
    line.textContent = Array.isArray(each) ? "[" + each.join(", ") + "]" : each;
    box.append(line);
  }
  return box;
}
