import { createInstance } from "i18next";
import { initReactI18next } from "react-i18next";

import en from "src/i18n/en.json";
import zh from "src/i18n/zh.json";

export type Language = "en" | "zh";

/** The language that Airflow's UI is set to: Chinese as written in the mainland, or English. */
export function hostLanguage(): Language {
  let chosen: string | null = null;
  try {
    chosen = localStorage.getItem("i18nextLng");
  } catch {
    // Storage may be switched off.
  }
  return (chosen ?? navigator.language ?? "en").toLowerCase().startsWith("zh") ? "zh" : "en";
}

/** The tag by which Intl knows it. */
export const localeOf = (language: string): string => (language === "zh" ? "zh-CN" : "en");

export const i18n = createInstance();
void i18n.use(initReactI18next).init({
  resources: { en: { translation: en }, zh: { translation: zh } },
  lng: hostLanguage(),
  fallbackLng: "en",
  interpolation: { escapeValue: false }, // React does
  initAsync: false,
});

/** Take over a language that was chosen in Airflow's UI since. */
export function followHostLanguage(): void {
  const language = hostLanguage();
  if (i18n.language !== language) void i18n.changeLanguage(language);
}
