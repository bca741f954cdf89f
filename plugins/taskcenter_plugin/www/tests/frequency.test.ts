import { expect, test } from "vitest";

import {
  DEFAULTS, expressionOf, formOf, formOfItem, FREQUENCIES, gapOf, isUneven, switched, type Form, type Frequency, type Settings,
} from "src/parts/triggers/frequency";

const form = (frequency: Frequency, settings: Partial<Settings> = {}): Form => ({ frequency, settings: { ...DEFAULTS, ...settings } });

const BOTH_WAYS: [Form, string][] = [
  [form("MINUTELY"), "0 * * * * ?"],
  [form("MINUTELY", { every: 5, second: 30 }), "30 0/5 * * * ?"],
  [form("HOURLY", { minute: 15 }), "0 15 * * * ?"],
  [form("HOURLY", { every: 6, minute: 15, second: 1 }), "1 15 0/6 * * ?"],
  [form("DAILY", { hour: 23, minute: 59, second: 59 }), "59 59 23 * * ?"],
  [form("WEEKLY", { minute: 15, weekdays: [1] }), "0 15 0 ? * 1"], // the document's example
  [form("WEEKLY", { hour: 9, weekdays: [2, 3, 6] }), "0 0 9 ? * 2,3,6"],
  [form("MONTHLY", { hour: 1, minute: 30, days: [1, 15, 31] }), "0 30 1 1,15,31 * ?"],
  [form("MONTHLY", { days: "L" }), "0 0 0 L * ?"],
];

test.each(BOTH_WAYS)("a form makes an expression, and the expression the form: %#", (made, expression) => {
  expect(expressionOf(made)).toBe(expression);
  expect(formOf(expression)).toEqual({ ...made, settings: { ...made.settings, expression } });
});

test("other ways to write the same are understood", () => {
  const same = (one: string, other: string) => expect(expressionOf(formOf(one))).toBe(other);
  same("0 */5 * * * ?", "0 0/5 * * * ?");
  same(" 0  15 0 ? * sun,MON *", "0 15 0 ? * 1,2");
  same("0 0 8 ? * *", "0 0 8 * * ?");
  same("0 0 8 15,1,1 * ?", "0 0 8 1,15 * ?");
  same("00 05 08 * * ?", "0 5 8 * * ?");
});

test.each([
  "0 0 8 ? * 6#3",
  "0 0 8 LW * ?",
  "0 0 8 * 1 ?",
  "0 0 8 * * ? 2030",
  "0 0 8,9 * * ?",
  "0 5/10 * * * ?",
  "0 0 8 ? * MON-FRI",
  "0 0/60 * * * ?",
  "0 0 0/24 * * ?",
  "61 0 0 * * ?",
  "0 0 8 32 * ?",
  "0 0 8 ? * 0",
  "0 0 8 1 * MON",
  "nonsense",
  "",
])("what no form makes is an expression of the user's own: %s", (expression) => {
  expect(formOf(expression)).toEqual(form("CRON", { expression }));
  expect(expressionOf(formOf(expression))).toBe(expression);
});

test("an expression that was written by hand stays one", () => {
  expect(formOfItem("0 0 8 * * ?", "CRON")).toEqual(form("CRON", { expression: "0 0 8 * * ?", hour: 8 }));
  expect(formOfItem("0 0 8 * * ?", "DAILY").frequency).toBe("DAILY");
  expect(formOfItem("0 0 8 * * ?", null).frequency).toBe("DAILY");
  expect(formOfItem(null, null)).toEqual(form("CRON"));
});

test("an unfinished form makes no expression, and says what is missing", () => {
  const gaps: [Form, string][] = [
    [form("WEEKLY"), "weekdays"],
    [form("MONTHLY"), "days"],
    [form("MINUTELY", { every: 60 }), "every"],
    [form("HOURLY", { every: 24 }), "every"],
    [form("HOURLY", { every: NaN }), "every"],
    [form("DAILY", { hour: 24 }), "time"],
    [form("DAILY", { minute: 1.5 }), "time"],
    [form("CRON", { expression: " " }), "expression"],
  ];
  for (const [unfinished, gap] of gaps) expect(gapOf(unfinished)).toBe(gap);
  for (const [unfinished] of gaps.slice(0, -1)) expect(expressionOf(unfinished)).toBe("");
  for (const [made] of BOTH_WAYS) expect(gapOf(made)).toBeUndefined();
});

test("to change how often keeps what fits, and leaves nothing unfinished", () => {
  for (const [made, expression] of BOTH_WAYS) {
    for (const frequency of FREQUENCIES) {
      const next = switched(made, frequency, expression);
      expect([frequency, gapOf(next)]).toEqual([frequency, undefined]);
    }
  }
  expect(expressionOf(switched(formOf("0 15 9 ? * 6"), "MONTHLY", ""))).toBe("0 15 9 1 * ?");
  expect(expressionOf(switched(formOf("0 0/45 * * * ?"), "HOURLY", ""))).toBe("0 0 0/23 * * ?");
  expect(expressionOf(switched(formOf("0 15 9 ? * 6"), "CRON", "0 15 9 ? * 6"))).toBe("0 15 9 ? * 6");
});

test("steps that do not fill an hour or a day are told of", () => {
  const uneven = (frequency: Frequency, every: number) => isUneven(form(frequency, { every }));
  expect([uneven("MINUTELY", 7), uneven("MINUTELY", 15), uneven("HOURLY", 5), uneven("HOURLY", 6)]).toEqual([true, false, true, false]);
  expect([uneven("MINUTELY", 70), uneven("DAILY", 7)]).toEqual([false, false]);
});
