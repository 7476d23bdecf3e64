import type { ModelEntry, ModelReport } from "../../src/protocol";

/** Models as the server tells of them, for the tests beside this file. */

export const embedded: ModelEntry = {
  name: "quicksilver",
  state: "embedded",
  support: "supported",
  folder: "/server/models/quicksilver",
  repository: null,
  licence: "MIT",
  licenceMustBeAccepted: false,
  parameters: 9_048_577,
  bytes: 18_105_058,
  neededBytes: 174_936_324,
  fit: "fits",
};

export const known: ModelEntry = {
  name: "dream-7b",
  state: "known",
  support: "supported",
  folder: null,
  repository: "Dream-org/Dream-v0-Base-7B",
  licence: null,
  licenceMustBeAccepted: true,
  parameters: 7_615_616_512,
  bytes: 15_231_233_024,
  neededBytes: 34_404_492_032,
  fit: "tooLarge",
  note: "The authors ask for a GPU with 20 GB.",
};

export const installed: ModelEntry = {
  ...known,
  name: "half",
  state: "installed",
  folder: "/models/half",
  repository: "org/half",
  licence: "Apache-2.0",
  licenceMustBeAccepted: false,
  parameters: 494_032_768,
  bytes: 988_065_536,
  neededBytes: 2_357_365_184,
  fit: "fits",
};

export const report: ModelReport = {
  folder: "/models",
  totalMemoryBytes: 25_276_514_304,
  availableMemoryBytes: 22_243_332_588,
  models: [embedded, known, installed],
};
