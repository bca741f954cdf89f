import { useTranslation } from "react-i18next";

/** What a field of a definition is called; one of another package's group by its name. */
export function useLabel(): (name: string) => string {
  const { t } = useTranslation();
  return (name) => t(`create.params.${name}`, { defaultValue: name });
}
