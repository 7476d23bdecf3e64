// What the stub server knows of models. It says of each what the product's own server would, and has none of them.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const giga = 1e9;
const model = (name, state, size, more) => ({
  name,
  state,
  support: "supported",
  folder: state === "known" ? null : `/models/${name}`,
  repository: state === "embedded" ? null : `org/${name}`,
  licence: "Apache-2.0",
  licenceMustBeAccepted: false,
  parameters: size * giga,
  bytes: 2 * size * giga,
  neededBytes: 4.6 * size * giga,
  fit: size > 5 ? "tooLarge" : "fits",
  ...more,
});
const unknownLicence = { licence: null, licenceMustBeAccepted: true };
const models = [
  model("stub", "embedded", 0.009, { licence: "MIT" }),
  model("large-7b", "installed", 7.6),
  model("broken-0.5b", "damaged", 0.5, { note: "model.safetensors is shorter than its header says." }),
  model("half-0.5b", "known", 0.5, { ...unknownLicence, note: "Nothing is published on infilling." }),
  model("slow-1b", "known", 1.2),
  model("other-8b", "known", 8, { support: "unsupported", ...unknownLicence }),
];
const stepTime = 150;

/** Lists models, and moves them from known to installed and back; a pull of the slow one goes on until it is cancelled. */
export class StubModels {
  #send;
  #file;
  /** By progress, what ends a pull that is under way. */
  #cancels = new Map();
  #pulls = 0;

  /** @param folder where it keeps what was installed, since the server starts anew with every choice */
  constructor(folder, send) {
    this.#send = send;
    this.#file = folder && join(folder, "models.json");
  }

  /** Whether a model can be used: one that is here, or a folder. */
  has(name) {
    return existsSync(join(name, "config.json")) || this.#models().some((entry) => entry.name === name && entry.state !== "known");
  }

  answer(id, { command, arguments: [argument] = [] }) {
    const name = argument?.model ?? argument;
    const kept = this.#models().find((entry) => entry.name === name);
    if (command === "diffusionlsp.models") {
      const report = { folder: "/models", totalMemoryBytes: 25.3 * giga, availableMemoryBytes: 22.2 * giga, models: this.#models() };
      this.#send({ id, result: report });
    } else if (command.endsWith(".verify") && kept.state === "damaged") {
      this.#fail(id, -32803, `${name} is damaged: ${kept.note} Pull it again.`);
    } else if (command.endsWith(".verify")) {
      this.#send({ id, result: { event: "verified", name, files: 5, bytes: kept.bytes } });
    } else if (command.endsWith(".remove")) {
      this.#save(name, "known");
      this.#send({ id, result: { event: "removed", name } });
    } else if ((kept?.licenceMustBeAccepted ?? true) && argument.acceptLicence !== true) {
      this.#fail(id, -32803, "Nobody says under which licence that is.");
    } else {
      this.#pull(id, name, kept);
    }
  }

  cancel(token) {
    this.#cancels.get(token)?.();
  }

  #pull(id, name, kept) {
    const token = `diffusionlsp/models/${++this.#pulls}`;
    const progress = (value) => this.#send({ method: "$/progress", params: { token, value } });
    const end = () => {
      clearInterval(timer);
      this.#cancels.delete(token);
      progress({ kind: "end", message: "over" });
    };
    let percentage = kept?.percentage ?? 0;
    const timer = setInterval(() => {
      percentage += kept?.name === "slow-1b" ? (percentage < 40 ? 20 : 0) : 10;
      if (kept === undefined) {
        end();
        this.#fail(id, -32803, "cannot reach huggingface.co (stub): check the network.");
      } else if (percentage < 100) {
        progress({ kind: "report", message: `pulling ${name}, 0:00:09 left`, percentage });
      } else {
        end();
        this.#save(name, "installed");
        this.#send({ id, result: { event: "installed", name, folder: `/models/${name}`, bytes: kept.bytes } });
      }
    }, stepTime);
    this.#cancels.set(token, () => {
      end();
      this.#save(name, "known", percentage);
      this.#fail(id, -32800, "Cancelled; what has come is kept.");
    });
    this.#send({ id: token, method: "window/workDoneProgress/create", params: { token } });
    progress({ kind: "begin", title: "DiffusionLsp", cancellable: true, message: `pulling ${name}`, percentage });
  }

  #fail(id, code, message) {
    this.#send({ id, error: { code, message } });
  }

  #models() {
    const changes = this.#file && existsSync(this.#file) ? JSON.parse(readFileSync(this.#file, "utf8")) : {};
    return models.map((entry) => ({ ...entry, ...changes[entry.name] }));
  }

  #save(name, state, percentage) {
    const changes = Object.fromEntries(this.#models().map((entry) => [entry.name, { state: entry.state, percentage: entry.percentage }]));
    changes[name] = { state, percentage };
    writeFileSync(this.#file, JSON.stringify(changes));
  }
}
