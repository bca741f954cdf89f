import { expect, test } from "vitest";

import { i18n } from "src/i18n";
import { cronWords } from "src/parts/triggers/cronWords";
import { formOf } from "src/parts/triggers/frequency";
import { formWords } from "src/parts/triggers/words";

const inEnglish = (expression: string) => formWords(formOf(expression), i18n.getFixedT("en"), "en");
const inChinese = (expression: string) => formWords(formOf(expression), i18n.getFixedT("zh"), "zh-CN");

test("schedules that a form makes are told in plain words", () => {
  expect(inEnglish("0 * * * * ?")).toBe("every minute");
  expect(inEnglish("30 0/5 * * * ?")).toBe("every 5 minutes, at second 30");
  expect(inEnglish("0 5 0/2 * * ?")).toBe("every 2 hours, at minute 5");
  expect(inEnglish("0 15 0 ? * 2")).toBe("every Monday 00:15");
  expect(inEnglish("1 15 0 ? * 1,2,7")).toBe("every Monday, Saturday, and Sunday 00:15:01");
  expect(inEnglish("0 0 8 1,15 * ?")).toBe("on days 1 and 15 of every month 08:00");
  expect(inEnglish("0 0 8 L * ?")).toBe("on the last day of every month 08:00");
});

test("in Chinese, too", () => {
  expect(inChinese("0 * * * * ?")).toBe("每 1 分钟");
  expect(inChinese("0 15 0 ? * 2")).toBe("每星期一 00:15");
  expect(inChinese("0 0 8 1,15 * ?")).toBe("每月 1和15 日 08:00");
});

test("an expression of the user's own is told by cronstrue, which counts days as Quartz does", () => {
  expect(inEnglish("0 30 8 ? * 6#3")).toBeUndefined();
  expect(cronWords("0 30 8 ? * 6#3", "en")).toBe("at 08:30, on the third Friday of the month");
  expect(cronWords("0 0 8 ? * 1", "en")).toBe("at 08:00, only on Sunday");
  expect(cronWords("0 30 8 ? * 6#3", "zh")).toBe("08:30，限每月的第三个星期五");
  expect(cronWords("0 0/5 8-18 ? * MON-FRI", "zh")).toBe("每隔 5 分钟，在 08:00 和 18:59 之间，星期一至星期五");
  expect(cronWords("nonsense", "en")).toBeUndefined();
});
