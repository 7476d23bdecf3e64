import { type Progress, ProgressLocation, window } from "vscode";
import type { LanguageClient } from "vscode-languageclient/node";
import { pullTokenPrefix } from "../protocol";
import { type PullStep, PullSteps } from "./pullSteps";

/** A pull's notification. */
interface ShownPull {
  report(step: PullStep): void;
  end(): void;
}

/**
 * Shows the pulls of this run of the server as notifications that can be cancelled. The client's own place for progress
 * is the status bar, where nothing can be; so it is kept out of pulls, but for their end, with which it forgets them.
 */
export function showPulls(client: LanguageClient): void {
  const shown = new Map<string | number, ShownPull>();
  client.middleware.handleWorkDoneProgress = (token, params, next) => {
    if (!String(token).startsWith(pullTokenPrefix)) {
      next(token, params);
    } else if (params.kind === "begin") {
      const cancel = () => void client.sendNotification("window/workDoneProgress/cancel", { token });
      shown.set(token, showPull(params.title, params, cancel));
    } else if (params.kind === "report") {
      shown.get(token)?.report(params);
    } else {
      shown.get(token)?.end();
      shown.delete(token);
      next(token, params);
    }
  };
  // A server that goes away says of no pull that it has ended.
  client.onDidChangeState(() => {
    if (!client.isRunning()) {
      for (const pull of shown.values()) {
        pull.end();
      }
      shown.clear();
    }
  });
}

function showPull(title: string, first: PullStep, cancel: () => void): ShownPull {
  const steps = new PullSteps();
  let latest = first;
  let progress: Progress<{ message: string; increment: number }> | undefined;
  let end = () => {};
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  void window.withProgress({ location: ProgressLocation.Notification, title, cancellable: true }, (opened, token) => {
    token.onCancellationRequested(cancel);
    progress = opened;
    progress.report(steps.next(latest));
    return ended;
  });
  return {
    report: (step) => {
      latest = step;
      progress?.report(steps.next(step));
    },
    end,
  };
}
