/** The declaration and the lab that is built for it must name the same places; neither may import the other. */
import { quorumAddresses } from "../../infra/placement";
import * as lab from "../../lab/layout";
import { local } from "../../stacks/local";
import type { LocalRegion } from "../../stacks/types";

const regions = local.regions as readonly LocalRegion[];

test.each(regions.map((region) => [region.name, region] as const))("region %s", (name, region) => {
  const site = name as lab.RegionName;
  expect(lab.regions).toContain(site);
  expect(region.network.pods).toBe(lab.sites[site].pods);
  expect(region.network.services).toBe(lab.serviceCidr[site]);
  expect(region.zones.map(({ name: zone, node, pods }) => ({ zone, node, podCidr: pods }))).toEqual(lab.zonesOf[site]);
  expect(region.endpoints).toEqual({
    kubernetes: lab.kubeApi(site),
    vault: lab.vaultAddress(site),
    prometheus: `http://${lab.sites[site].address}:${lab.ports.prometheus}`,
    alertmanager: `http://${lab.sites[site].address}:${lab.ports.alertmanager}`,
  });
});

test("the quorum's servers", () => {
  expect(local.fence.voters).toEqual(lab.consulServers.map(({ name, site, address }) => ({ name, domain: site, address: `http://${address}:${lab.ports.consulHttp}` })));
});

test.each(regions.map((region) => [region.name, region] as const))("gates of %s dial the servers in the lab's order", (name, region) => {
  expect(quorumAddresses(local, region)).toEqual(lab.consulAddresses(name as lab.RegionName));
});

test("the witness stands where its server does", () => {
  expect(local.witness.network).toBe(`${lab.sites.witness.extra[0]}/32`);
});

test("mail goes to the lab's sink", () => expect(local.alerting.smtp.smarthost).toBe(`${lab.sinkAddress}:${lab.ports.smtpSink}`));
