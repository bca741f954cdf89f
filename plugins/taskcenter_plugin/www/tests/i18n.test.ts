import { expect, test } from "vitest";

import en from "src/i18n/en.json";
import zh from "src/i18n/zh.json";

type Texts = { [key: string]: string | Texts };

const flat = (texts: Texts, path = ""): [string, string][] =>
  Object.entries(texts).flatMap(([key, value]) =>
    typeof value === "string" ? [[`${path}${key}`, value] as [string, string]] : flat(value, `${path}${key}.`),
  );
const placeholders = (text: string) => [...text.matchAll(/\{\{\s*(\w+)/g)].map((match) => match[1]).sort();
// English tells one from many (i18next's _one and _other), Chinese does not.
const single = ([key]: [string, string]) => !key.endsWith("_one");

test("both languages have the same texts", () => {
  expect(flat(zh).map(([key]) => key).sort()).toEqual(flat(en).filter(single).map(([key]) => key).sort());
});

test("each text has the same placeholders in both languages", () => {
  const english = Object.fromEntries(flat(en));
  for (const [key, text] of flat(zh)) expect([key, placeholders(text)]).toEqual([key, placeholders(english[key] ?? "")]);
});

test("no text is empty or left in the other language", () => {
  for (const [key, text] of flat(en)) expect([key, /[\u4e00-\u9fff]/.test(text), text.trim()]).toEqual([key, false, text]);
  for (const [, text] of flat(zh)) expect(text.trim()).not.toBe("");
});
