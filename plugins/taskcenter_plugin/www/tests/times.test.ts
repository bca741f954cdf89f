import { expect, test } from "vitest";

import { durationText, intlZone, relativeText, sameClock, timeText, viewerZone } from "src/parts/times";

const AT = "2026-03-05T15:01:02Z";

test("a moment is shown in the zone that is asked for", () => {
  expect(timeText(AT, "Asia/Shanghai")).toBe("2026-03-05 23:01:02");
  expect(timeText(AT, "America/New_York")).toBe("2026-03-05 10:01:02");
});

test("the documents' zones are known to the browser under their own names", () => {
  expect(intlZone("GMT+08:00")).toBe("Etc/GMT-8");
  expect(intlZone("UTC-5")).toBe("Etc/GMT+5");
  expect(intlZone("Europe/Berlin")).toBe("Europe/Berlin");
  expect(intlZone("no zone")).toBe("UTC");
  expect(sameClock(AT, "GMT+08:00", "Asia/Shanghai")).toBe(true);
  expect(sameClock(AT, "UTC", "Asia/Shanghai")).toBe(false);
});

test("durations are written as clocks do", () => {
  expect([7, 725, 3723].map(durationText)).toEqual(["0:07", "12:05", "1:02:03"]);
});

test("a moment is told from now", () => {
  const now = Date.parse(AT);
  expect(relativeText(now + 3 * 3600_000, "en", now)).toBe("in 3 hours");
  expect(relativeText(now - 61_000, "zh-CN", now)).toBe("1分钟前");
});

test("the zone is the one that is chosen in Airflow's UI", () => {
  const kept: Record<string, string> = {};
  Object.assign(globalThis, { localStorage: { getItem: (key: string) => kept[key] ?? null } });
  expect(viewerZone()).toBe(Intl.DateTimeFormat().resolvedOptions().timeZone);
  kept.timezone = '"Asia/Shanghai"';
  expect([viewerZone(), timeText(AT)]).toEqual(["Asia/Shanghai", "2026-03-05 23:01:02"]);
  kept.timezone = "Nowhere/None";
  expect(viewerZone()).toBe(Intl.DateTimeFormat().resolvedOptions().timeZone);
});
