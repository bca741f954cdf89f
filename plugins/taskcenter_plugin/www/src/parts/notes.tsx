import { Portal, Stack, Toast, Toaster, createToaster } from "@chakra-ui/react";

import { asApiError } from "src/api/errors";
import { i18n } from "src/i18n";

const toaster = createToaster({ placement: "bottom-end", pauseOnPageIdle: true });

/** Say in passing, also to screen readers, that something has been done. */
export const noteDone = (title: string): void => {
  toaster.create({ type: "success", title, closable: true, duration: 5_000 });
};

/** Say that something could not be done, and why. */
export const noteError = (title: string, error: unknown): void => {
  const { trouble, message } = asApiError(error);
  const description = trouble === "login" ? i18n.t("errors.login") : message;
  toaster.create({ type: "error", title, description, closable: true, duration: 15_000 });
};

/** Where the notes appear; rendered once, by the frame. */
export function Notes() {
  return (
    <Portal>
      <Toaster toaster={toaster} insetInline={{ mdDown: "4" }}>
        {(toast) => (
          <Toast.Root width={{ md: "sm" }}>
            <Toast.Indicator />
            <Stack gap="1" flex="1" maxW="100%" minW={0}>
              <Toast.Title>{toast.title}</Toast.Title>
              {toast.description ? <Toast.Description overflowWrap="anywhere">{toast.description}</Toast.Description> : null}
            </Stack>
            <Toast.CloseTrigger aria-label={i18n.t("parts.close")} />
          </Toast.Root>
        )}
      </Toaster>
    </Portal>
  );
}
