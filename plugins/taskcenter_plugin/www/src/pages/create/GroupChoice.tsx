import { RadioCard, SimpleGrid } from "@chakra-ui/react";
import { useTranslation } from "react-i18next";

import type { GroupOut } from "src/api/schema";

import { inOrder } from "./draft";

type Props = { groups: readonly GroupOut[]; value: string; onChange: (group: string) => void };

/** The kinds of things that a plan can run. */
export function GroupChoice({ groups, value, onChange }: Props) {
  const { t } = useTranslation();
  return (
    <RadioCard.Root size="sm" colorPalette="brand" value={value === "" ? null : value} onValueChange={(chosen) => onChange(chosen.value ?? "")}>
      <RadioCard.Label>{t("create.group")}</RadioCard.Label>
      <SimpleGrid columns={{ base: 1, sm: 2, lg: 3 }} gap={2}>
        {inOrder(groups).map(({ group }) => (
          <RadioCard.Item key={group} value={group}>
            <RadioCard.ItemHiddenInput />
            <RadioCard.ItemControl>
              <RadioCard.ItemContent>
                <RadioCard.ItemText>{t(`create.groups.${group}.name`, { defaultValue: group })}</RadioCard.ItemText>
                <RadioCard.ItemDescription>{t(`create.groups.${group}.what`, { defaultValue: t("create.groups.other") })}</RadioCard.ItemDescription>
              </RadioCard.ItemContent>
              <RadioCard.ItemIndicator />
            </RadioCard.ItemControl>
          </RadioCard.Item>
        ))}
      </SimpleGrid>
    </RadioCard.Root>
  );
}
