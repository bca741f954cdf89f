import cronstrue from "cronstrue";
import "cronstrue/locales/zh_CN";

/** Any Quartz expression in words; undefined of one that cronstrue does not know. Loaded only where one is needed. */
export function cronWords(expression: string, language: string): string | undefined {
  try {
    const words = cronstrue.toString(expression, {
      locale: language === "zh" ? "zh_CN" : "en",
      dayOfWeekStartIndexZero: false,
      use24HourTimeFormat: true,
    });
    return language === "zh" ? asChinese(words) : words.replace(/^(At|Every)\b/, (first) => first.toLowerCase()); // as our own words begin
  } catch {
    return undefined;
  }
}

/** cronstrue's Chinese with Chinese commas, no blanks between Chinese characters, and a time without 在 before it, as our own words. */
const asChinese = (words: string): string =>
  words.replaceAll(", ", "，").replace(/(?<=\p{Script=Han}) (?=\p{Script=Han})/gu, "").replace(/^在(?=\d)/, "");
