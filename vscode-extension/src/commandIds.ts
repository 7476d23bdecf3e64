/** Our commands; package.json gives them their titles, and a test holds the two together. */
export const commandIds = {
  trigger: "diffusionlsp.trigger",
  toggle: "diffusionlsp.toggle",
  restart: "diffusionlsp.restart",
  showLog: "diffusionlsp.showLog",
  showMenu: "diffusionlsp.showMenu",
  toggleLanguage: "diffusionlsp.toggleLanguage",
  snooze5: "diffusionlsp.snooze5",
  snooze30: "diffusionlsp.snooze30",
  showNext: "diffusionlsp.showNext",
  showPrevious: "diffusionlsp.showPrevious",
  showRequests: "diffusionlsp.showRequests",
  showFigures: "diffusionlsp.showFigures",
  reportIssue: "diffusionlsp.reportIssue",
} as const;
