import { memo } from "react";

type Props = { number: number; text: string | undefined; query: string; current: boolean };

/** A line of a log with its number; undefined: it has not come yet. */
export const Line = memo(function Line({ number, text, query, current }: Props) {
  return (
    <div className="line" data-line={number} data-current={current || undefined} data-tone={toneOf(text)}>
      <span className="number" aria-hidden>
        {number}
      </span>
      <span className="text">{text === undefined ? "…" : marked(text, query)}</span>
    </div>
  );
});

function toneOf(text: string | undefined): "error" | "warning" | undefined {
  const level = text === undefined ? undefined : /\b(ERROR|CRITICAL|FATAL|WARN(?:ING)?)\b/.exec(text.slice(0, 200))?.[1];
  return level === undefined ? undefined : level.startsWith("WARN") ? "warning" : "error";
}

function marked(text: string, query: string) {
  if (query === "") return text;
  const low = text.toLowerCase();
  const wanted = query.toLowerCase();
  const parts = [];
  let from = 0;
  // Letters whose small form is longer than they are would shift the places of the others.
  for (let at = low.length === text.length ? low.indexOf(wanted) : -1; at >= 0; at = low.indexOf(wanted, from)) {
    parts.push(text.slice(from, at), <mark key={at}>{text.slice(at, at + wanted.length)}</mark>);
    from = at + wanted.length;
  }
  return from === 0 ? text : [...parts, text.slice(from)];
}
