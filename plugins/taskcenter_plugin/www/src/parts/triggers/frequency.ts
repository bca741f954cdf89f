// The documents' cronType: settings such as "every Monday at 00:15" as a Quartz expression, and back; as plans/frequency.py has it.

export const FREQUENCIES = ["MINUTELY", "HOURLY", "DAILY", "WEEKLY", "MONTHLY", "CRON"] as const;
export type Frequency = (typeof FREQUENCIES)[number];

/** What a form asks for; each frequency reads its own part, the rest is kept for the others. */
export type Settings = {
  /** MINUTELY: minutes, 1 .. 59; HOURLY: hours, 1 .. 23; counted from the full hour, or from midnight. */
  every: number;
  second: number;
  /** 0 .. 59; not of MINUTELY. */
  minute: number;
  /** 0 .. 23; DAILY, WEEKLY, MONTHLY. */
  hour: number;
  /** WEEKLY: 1 = Sunday .. 7 = Saturday, as Quartz counts. */
  weekdays: readonly number[];
  /** MONTHLY: 1 .. 31, or "L" alone for the last day. */
  days: readonly number[] | "L";
  /** CRON: the expression as it is. */
  expression: string;
};

export type Form = { frequency: Frequency; settings: Settings };

export const DEFAULTS: Settings = { every: 1, second: 0, minute: 0, hour: 0, weekdays: [], days: [], expression: "" };
const WEEKDAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

/** The most that `every` can be. */
export const MOST: Partial<Record<Frequency, number>> = { MINUTELY: 59, HOURLY: 23 };

/** What keeps a form from being finished. */
export type Gap = "every" | "time" | "weekdays" | "days" | "expression";

/** What is missing or out of range in a form; undefined: nothing is. */
export function gapOf({ frequency, settings }: Form): Gap | undefined {
  const { every, second, minute, hour, weekdays, days, expression } = settings;
  if (frequency === "CRON") return expression.trim() === "" ? "expression" : undefined;
  const most = MOST[frequency];
  if (most !== undefined && !within(every, 1, most)) return "every";
  if (!within(second, 0, 59) || !within(minute, 0, 59) || !within(hour, 0, 23)) return "time";
  if (frequency === "WEEKLY" && weekdays.length === 0) return "weekdays";
  return frequency === "MONTHLY" && days.length === 0 ? "days" : undefined;
}

const within = (value: number, least: number, most: number): boolean => Number.isInteger(value) && value >= least && value <= most;

/** The Quartz expression of a form; "" of one that is unfinished. */
export function expressionOf(form: Form): string {
  const { frequency, settings } = form;
  const { every, second, minute, hour, weekdays, days, expression } = settings;
  if (frequency === "CRON") return expression;
  if (gapOf(form) !== undefined) return "";
  const step = every === 1 ? "*" : `0/${every}`;
  switch (frequency) {
    case "MINUTELY":
      return `${second} ${step} * * * ?`;
    case "HOURLY":
      return `${second} ${minute} ${step} * * ?`;
    case "DAILY":
      return `${second} ${minute} ${hour} * * ?`;
    case "WEEKLY":
      return `${second} ${minute} ${hour} ? * ${sorted(weekdays).join(",")}`;
    case "MONTHLY":
      return `${second} ${minute} ${hour} ${days === "L" ? days : sorted(days).join(",")} * ?`;
  }
}

const sorted = (values: readonly number[]): number[] => [...new Set(values)].sort((one, other) => one - other);

/** The form that makes an expression; CRON with the expression itself if none does. Whether Quartz takes it, the server says. */
export function formOf(expression: string): Form {
  return parsed(expression) ?? { frequency: "CRON", settings: { ...DEFAULTS, expression } };
}

function parsed(expression: string): Form | undefined {
  let fields = expression.trim().toUpperCase().split(/\s+/);
  if (fields.length === 7 && fields[6] === "*") fields = fields.slice(0, 6);
  if (fields.length !== 6) return undefined;
  const [secondText, minuteText, hourText, day, month, weekday] = fields as [string, string, string, string, string, string];
  const second = number(secondText, 59);
  if (month !== "*" || second === undefined) return undefined;
  const form = (frequency: Frequency, more: Partial<Settings>): Form => ({
    frequency,
    settings: { ...DEFAULTS, expression, second, ...more },
  });
  const everyDay = (day === "*" && weekday === "?") || (day === "?" && weekday === "*");
  const minutes = steps(minuteText, 59);
  if (everyDay && hourText === "*" && minutes !== undefined) return form("MINUTELY", { every: minutes });
  const minute = number(minuteText, 59);
  if (minute === undefined) return undefined;
  const hours = steps(hourText, 23);
  if (everyDay && hours !== undefined) return form("HOURLY", { every: hours, minute });
  const hour = number(hourText, 23);
  if (hour === undefined) return undefined;
  if (everyDay) return form("DAILY", { minute, hour });
  if (day === "?") {
    const weekdays = numbers(weekday, 7, WEEKDAYS);
    return weekdays && form("WEEKLY", { minute, hour, weekdays });
  }
  if (weekday !== "?") return undefined;
  const days = day === "L" ? day : numbers(day, 31);
  return days && form("MONTHLY", { minute, hour, days });
}

function number(text: string, most: number): number | undefined {
  return /^\d{1,2}$/.test(text) && Number(text) <= most ? Number(text) : undefined;
}

/** The n of a field 0/n or "*" with /n, 1 of "*" alone. */
function steps(field: string, most: number): number | undefined {
  if (field === "*") return 1;
  const [, step] = /^[0*]\/(\d{1,2})$/.exec(field) ?? [];
  return step !== undefined && within(Number(step), 1, most) ? Number(step) : undefined;
}

/** The numbers of a list of numbers and names, in order. */
function numbers(field: string, most: number, names: readonly string[] = []): number[] | undefined {
  const found = field.split(",").map((token) => {
    const name = names.indexOf(token);
    return name >= 0 ? name + 1 : token === "0" || token === "00" ? undefined : number(token, most);
  });
  return found.every((each) => each !== undefined) ? sorted(found) : undefined;
}

/** Another frequency, with what fits of the settings, so that it is finished if the form was. */
export function switched({ settings }: Form, frequency: Frequency, expression: string): Form {
  const { every, weekdays, days } = settings;
  const most = MOST[frequency] ?? every;
  return {
    frequency,
    settings: {
      ...settings,
      every: every >= 1 ? Math.min(every, most) : 1,
      weekdays: frequency === "WEEKLY" && weekdays.length === 0 ? [2] : weekdays,
      days: frequency === "MONTHLY" && days.length === 0 ? [1] : days,
      expression: frequency === "CRON" ? expression : settings.expression,
    },
  };
}

/** Whether its steps do not fill an hour, or a day, so that the last one is shorter. */
export const isUneven = (form: Form): boolean => {
  const whole = { MINUTELY: 60, HOURLY: 24 }[form.frequency as string];
  return whole !== undefined && gapOf(form) === undefined && whole % form.settings.every !== 0;
};

/** A plan item's form: by its expression. One that was written by hand stays so, though a form would make the same. */
export function formOfItem(cronDesc: string | null | undefined, cronType: string | null | undefined): Form {
  const expression = cronDesc ?? "";
  const form = formOf(expression);
  return cronType === "CRON" ? { frequency: "CRON", settings: { ...form.settings, expression } } : form;
}
