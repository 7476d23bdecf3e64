/** Our commands; package.json gives them their titles, and a test holds the two together. */
export const commandIds = {
  trigger: "diffusionlsp.trigger",
  toggle: "diffusionlsp.toggle",
  restart: "diffusionlsp.restart",
  showLog: "diffusionlsp.showLog",
  showMenu: "diffusionlsp.showMenu",
  openDenoisingView: "diffusionlsp.openDenoisingView",
} as const;
