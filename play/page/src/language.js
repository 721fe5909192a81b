// Colours of a spec by lists of words, and the marks that the engine's own tokens put over them.
import { HighlightStyle, LanguageSupport, StreamLanguage, syntaxHighlighting } from "@codemirror/language";
import { tags } from "@lezer/highlight";

/** @param {{keywords?: string[], operations?: string[]}} kinds */
export function language(kinds) {
  const keywords = new Set(kinds.keywords || []), operations = new Set(kinds.operations || []);
  const parser = StreamLanguage.define({
    name: "graph",
    token(stream) {
      if (stream.eatSpace()) return null;
      if (stream.match(/^##.*/)) return "docComment";
      if (stream.match(/^#.*/)) return "comment";
      if (stream.match(/^"(?:[^"\\]|\\.)*"?/)) return "string";
      if (stream.match(/^\d[\d_]*(?:\.\d+)?(?:[eE][+-]?\d+)?/)) return "number";
      const word = /** @type {RegExpMatchArray | null} */ (stream.match(/^[\p{L}_][\p{L}\p{N}_]*(?:-[\p{L}\p{N}_]+)*/u));
      if (word) return keywords.has(word[0]) ? "keyword" : operations.has(word[0]) ? "operation" : "variableName";
      stream.next();
      return "operator";
    },
    tokenTable: { docComment: tags.docComment, operation: tags.function(tags.variableName) },
    languageData: { commentTokens: { line: "#" } },
  });
  const style = HighlightStyle.define([
    { tag: tags.keyword, color: "var(--keyword)", fontWeight: "600" }, { tag: tags.number, color: "var(--number)" },
    { tag: tags.string, color: "var(--string)" }, { tag: tags.comment, color: "var(--soft)" },
    { tag: tags.docComment, color: "var(--story)", fontStyle: "italic" }, { tag: tags.operator, color: "var(--soft)" },
    { tag: tags.function(tags.variableName), color: "var(--operation-word)" },
  ]);
  return new LanguageSupport(parser, syntaxHighlighting(style));
}
