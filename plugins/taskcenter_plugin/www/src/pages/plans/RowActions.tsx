import { Button, HStack, IconButton, Menu, Portal } from "@chakra-ui/react";
import { useTranslation } from "react-i18next";

import type { PlanExtrasOut, PlanOut } from "src/api/schema";

import { ACTIONS, isOffered, type Action } from "./actions";
import { planName } from "./names";

type Props = { plan: PlanOut; extras: PlanExtrasOut | undefined; busy: boolean; onAct: (action: Action, plan: PlanOut) => void };

/** What can be done with one plan; what the user may not is not there. */
export function RowActions({ plan, extras, busy, onAct }: Props) {
  const { t } = useTranslation();
  const offered = ACTIONS.filter((action) => isOffered(action, plan, extras?.may, extras?.runs));
  const more = offered.filter((action) => action !== "run");
  const name = planName(plan);
  return (
    <HStack gap={1} justify="flex-end" minH="8">
      {offered.includes("run") ? (
        <Button
          size="xs"
          variant="outline"
          loading={busy}
          aria-label={t("plans.labels.run", { name })}
          onClick={() => onAct("run", plan)}
        >
          {t("plans.actions.run")}
        </Button>
      ) : null}
      {more.length === 0 ? null : (
        <Menu.Root lazyMount unmountOnExit positioning={{ placement: "bottom-end" }}>
          <Menu.Trigger asChild>
            <IconButton size="xs" variant="ghost" colorPalette="brand" aria-label={t("plans.more", { name })}>
              ⋯
            </IconButton>
          </Menu.Trigger>
          <Portal>
            <Menu.Positioner>
              <Menu.Content>
                {more.map((action) => (
                  <Menu.Item
                    key={action}
                    value={action}
                    onSelect={() => onAct(action, plan)}
                    {...(action === "delete" ? { color: "fg.error" } : {})}
                  >
                    {t(`plans.actions.${action}`)}
                  </Menu.Item>
                ))}
              </Menu.Content>
            </Menu.Positioner>
          </Portal>
        </Menu.Root>
      )}
    </HStack>
  );
}
