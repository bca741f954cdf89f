import { Component, Suspense, type ErrorInfo, type ReactNode } from "react";

import { Loading } from "./Loading";

type Props = { children: ReactNode; instead?: ReactNode; meanwhile?: ReactNode };

/**
 * Something that the page can do without, loaded when it is needed: should that fail, as it does after an upgrade of the server, the
 * rest of the page stays, with what was typed into it.
 */
export class Optional extends Component<Props, { failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError() {
    return { failed: true };
  }

  override componentDidCatch(error: Error, info: ErrorInfo) {
    console.error(error, info.componentStack);
  }

  override render() {
    const { children, instead = null, meanwhile = <Loading /> } = this.props;
    return this.state.failed ? instead : <Suspense fallback={meanwhile}>{children}</Suspense>;
  }
}
