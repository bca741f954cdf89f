// Triggers in words: "every Monday at 00:15".
import { useQuery } from "@tanstack/react-query";
import type { TFunction } from "i18next";
import { useTranslation } from "react-i18next";

import { localeOf } from "src/i18n";

import { formOf, gapOf, type Form } from "./frequency";

const A_SUNDAY = Date.UTC(2026, 0, 4);
const DAY_MS = 86_400_000;

/** The name of a day of the week as Quartz counts: 1 is Sunday. */
export const weekdayName = (weekday: number, locale: string, style: "long" | "short" = "long"): string =>
  new Intl.DateTimeFormat(locale, { weekday: style, timeZone: "UTC" }).format(A_SUNDAY + (weekday - 1) * DAY_MS);

const two = (value: number): string => String(value).padStart(2, "0");

/** A time of day, with seconds where they are not 0. */
export const clockText = (hour: number, minute: number, second: number): string =>
  [hour, minute, ...(second === 0 ? [] : [second])].map(two).join(":");

/** A finished form in words; undefined: of an expression of the user's own, or an unfinished form. */
export function formWords(form: Form, t: TFunction, locale: string): string | undefined {
  const { frequency, settings } = form;
  const { every, second, minute, hour, weekdays, days } = settings;
  if (frequency === "CRON" || gapOf(form) !== undefined) return undefined;
  const at = clockText(hour, minute, second);
  const list = (names: string[]): string => new Intl.ListFormat(locale, { type: "conjunction" }).format(names);
  switch (frequency) {
    case "MINUTELY":
      return t(second === 0 ? "triggers.words.minutely" : "triggers.words.minutelyAt", { count: every, second });
    case "HOURLY":
      return t("triggers.words.hourly", { count: every, at: second === 0 ? String(minute) : `${minute}:${two(second)}` });
    case "DAILY":
      return t("triggers.words.daily", { at });
    case "WEEKLY":
      // A week begins with Monday.
      return t("triggers.words.weekly", { days: list(byMonday(weekdays).map((each) => weekdayName(each, locale))), at });
    case "MONTHLY":
      return days === "L"
        ? t("triggers.words.lastDay", { at })
        : t("triggers.words.monthly", { count: days.length, days: list(days.map(String)), at });
  }
}

export const byMonday = (weekdays: readonly number[]): number[] =>
  [...weekdays].sort((one, other) => ((one + 5) % 7) - ((other + 5) % 7));

/** An expression in words; undefined while they are looked for, or where there are none. */
export function useCronWords(cronDesc: string | null | undefined): string | undefined {
  const { t, i18n } = useTranslation();
  const expression = cronDesc ?? "";
  const own = formWords(formOf(expression), t, localeOf(i18n.language));
  const other = useQuery({
    queryKey: ["cron-words", expression, i18n.language],
    queryFn: async () => (await import("./cronWords")).cronWords(expression, i18n.language) ?? null,
    enabled: own === undefined && expression.trim() !== "",
    staleTime: Infinity,
  });
  return own ?? other.data ?? undefined;
}
