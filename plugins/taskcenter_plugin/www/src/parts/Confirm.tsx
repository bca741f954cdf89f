import { Button, CloseButton, Dialog, Portal } from "@chakra-ui/react";
import { useRef, type ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { ErrorNote } from "src/parts/ErrorNote";

type Props = {
  open: boolean;
  title: string;
  children: ReactNode;
  confirmLabel: string;
  danger?: boolean;
  busy?: boolean;
  error?: unknown;
  onConfirm: () => void;
  onClose: () => void;
};

/** Asks before something is done that cannot be taken back. The focus is on "no" at first, and back where it was in the end. */
export function Confirm({ open, title, children, confirmLabel, danger = true, busy = false, error, onConfirm, onClose }: Props) {
  const { t } = useTranslation();
  const no = useRef<HTMLButtonElement>(null);
  return (
    <Dialog.Root
      open={open}
      role="alertdialog"
      size="md"
      placement="center"
      initialFocusEl={() => no.current}
      onOpenChange={(change) => (change.open || busy ? undefined : onClose())}
      lazyMount
      unmountOnExit
    >
      <Portal>
        <Dialog.Backdrop />
        <Dialog.Positioner p={2}>
          <Dialog.Content>
            <Dialog.Header>
              <Dialog.Title overflowWrap="anywhere">{title}</Dialog.Title>
            </Dialog.Header>
            <Dialog.Body overflowWrap="anywhere">
              {children}
              {error === undefined || error === null ? null : <ErrorNote error={error} />}
            </Dialog.Body>
            <Dialog.Footer>
              <Button ref={no} variant="outline" disabled={busy} onClick={onClose}>
                {t("parts.no")}
              </Button>
              <Button colorPalette={danger ? "red" : "brand"} loading={busy} onClick={onConfirm}>
                {confirmLabel}
              </Button>
            </Dialog.Footer>
            <Dialog.CloseTrigger asChild>
              <CloseButton size="sm" aria-label={t("parts.close")} disabled={busy} />
            </Dialog.CloseTrigger>
          </Dialog.Content>
        </Dialog.Positioner>
      </Portal>
    </Dialog.Root>
  );
}
