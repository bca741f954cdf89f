import { expect, test } from "vitest";

import { kindOf } from "src/parts/code/kinds";

test("code is coloured by the language that its run type stands for", () => {
  expect(["sql", "HQL", "py", "python", "sh", "scala", ""].map(kindOf)).toEqual(["sql", "sql", "python", "python", "shell", "plain", "plain"]);
});
