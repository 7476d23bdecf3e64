import type { LogOutputChannel } from "vscode";
import type { LogTail } from "./logTail";

/** The channel, with whatever is logged noted in the tail as well: by us, by the server or by the language client. */
export function recordedLog(channel: LogOutputChannel, tail: LogTail): LogOutputChannel {
  const noting = (level: "info" | "warn" | "error") => ({
    value: (message: string | Error, ...rest: unknown[]) => {
      tail.add(level, message instanceof Error ? message.message : message);
      channel[level](message as string, ...rest);
    },
  });
  return Object.create(channel, { info: noting("info"), warn: noting("warn"), error: noting("error") });
}
