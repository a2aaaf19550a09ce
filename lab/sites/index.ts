export type { PodNetwork, SiteNetwork, SiteNetworkState } from "./network";
export { siteNetwork } from "./network";
export type { Frozen } from "./freeze";
export { freezeSite, thawSite, processesOf } from "./freeze";
export { backboneNetns, checkLabName, enterNetns, podNetns, siteNetns } from "./names";
export { run, CommandError } from "./command";
export { enterPrivileged, isRealRoot, releaseHolder } from "./rootless";
