import { pythonLanguage } from "@codemirror/lang-python";
import { MySQL, SQLDialect, sql } from "@codemirror/lang-sql";
import { HighlightStyle, StreamLanguage, syntaxHighlighting, type StreamParser } from "@codemirror/language";
import type { Extension } from "@codemirror/state";
import { tags } from "@lezer/highlight";

import { kindOf } from "./kinds";

/** Hive's and Spark's SQL: back quotes around names as MySQL has them, and words of their own. */
const hive = SQLDialect.define({
  ...MySQL.spec,
  keywords: `${MySQL.spec.keywords ?? ""} overwrite partitioned clustered buckets stored tblproperties lateral explode distribute uncache msck`,
  hashComments: false,
  charSetCasts: false,
});

const SHELL_WORDS = new Set(
  "if then elif else fi for while until do done case esac in function select return exit export local set unset source echo cd eval exec test trap read shift".split(" "),
);

/** Comments, texts, variables and words of the shell. */
const shell: StreamParser<{ quote: string | undefined }> = {
  startState: () => ({ quote: undefined }),
  token(stream, state) {
    if (state.quote !== undefined) return inQuotes(stream, state, state.quote);
    if (stream.eatSpace()) return null;
    if (stream.peek() === "#" && (stream.sol() || /\s/.test(stream.string.charAt(stream.pos - 1)))) {
      stream.skipToEnd();
      return "comment";
    }
    if (stream.match(/^\$(\{[^}]*\}?|\w+|[?#@*$!-])/)) return "variableName";
    const quote = stream.match(/^["'`]/) as RegExpMatchArray | null;
    if (quote !== null) {
      state.quote = quote[0];
      return "string";
    }
    if (stream.match(/^\d+\b/)) return "number";
    const word = stream.match(/^[A-Za-z_][\w-]*/) as RegExpMatchArray | null;
    if (word !== null) return SHELL_WORDS.has(word[0]) ? "keyword" : null;
    stream.next();
    return null;
  },
};

function inQuotes(stream: Parameters<typeof shell.token>[0], state: { quote: string | undefined }, quote: string): string {
  while (!stream.eol()) {
    const next = stream.next();
    if (next === "\\" && quote !== "'") stream.next();
    else if (next === quote) {
      state.quote = undefined;
      break;
    }
  }
  return "string";
}

/** How code of a run type is read. */
export function languageOf(runType: string): Extension {
  switch (kindOf(runType)) {
    case "sql":
      return sql({ dialect: hive });
    case "python":
      return pythonLanguage;
    case "shell":
      return StreamLanguage.define(shell);
    default:
      return [];
  }
}

const colour = (palette: string): string => `var(--chakra-colors-${palette}-fg)`;

/** The theme's own colours, so that light and dark follow Airflow's. */
export const colours: Extension = syntaxHighlighting(
  HighlightStyle.define([
    { tag: [tags.keyword, tags.operatorKeyword, tags.modifier], color: colour("purple"), fontWeight: "600" },
    { tag: [tags.string, tags.special(tags.string)], color: colour("green") },
    { tag: [tags.number, tags.bool, tags.null, tags.atom], color: colour("blue") },
    { tag: [tags.typeName, tags.className], color: colour("teal") },
    { tag: [tags.special(tags.variableName), tags.function(tags.variableName)], color: colour("orange") },
    { tag: [tags.comment], color: "var(--chakra-colors-fg-muted)", fontStyle: "italic" },
  ]),
);
