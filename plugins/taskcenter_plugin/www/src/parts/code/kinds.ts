export type CodeKind = "sql" | "python" | "shell" | "plain";

const KINDS: Record<string, CodeKind> = {
  sql: "sql", hql: "sql", jdbc: "sql", psql: "sql", tsql: "sql", fql: "sql", ck: "sql", presto: "sql",
  py: "python", python: "python", pyspark: "python",
  shell: "shell", sh: "shell", bash: "shell",
};

/** The language that a run type of Linkis is written in. */
export const kindOf = (runType: string): CodeKind => KINDS[runType.trim().toLowerCase()] ?? "plain";
