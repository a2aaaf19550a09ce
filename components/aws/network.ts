import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { assumedBy } from "./trust";

export interface ZoneSubnets {
  /** AWS's name of the zone, e.g. `eu-west-1a`. */
  readonly name: string;
  readonly publicSubnet: string;
  readonly privateSubnet: string;
}

export interface NetworkArgs {
  /** AWS's name of the region, e.g. `eu-west-1`. */
  readonly region: string;
  readonly vpc: string;
  readonly zones: readonly ZoneSubnets[];
  /** Days that flow logs are kept. */
  readonly logDays: number;
  readonly logsKeyArn: pulumi.Input<string>;
}

/** A VPC whose loss of one zone leaves the others untouched: subnets, NAT gateway and routes belong to one zone each. */
export class Network extends pulumi.ComponentResource {
  readonly vpcId: pulumi.Output<string>;
  /** Subnets for nodes and pods, by zone. */
  readonly privateSubnetIds: Readonly<Record<string, pulumi.Output<string>>>;

  constructor(name: string, args: NetworkArgs, opts?: pulumi.ComponentResourceOptions) {
    super("chainstead:aws:Network", name, {}, opts);
    const child = { parent: this };
    const vpc = new aws.ec2.Vpc(`${name}-vpc`, vpcArgs(name, args), child);
    // The default security group allows everything among its members; without rules nothing can hide in it.
    new aws.ec2.DefaultSecurityGroup(`${name}-default-group`, { vpcId: vpc.id, ingress: [], egress: [], tags: { Name: `${name}-unused` } }, child);
    const internet = new aws.ec2.InternetGateway(`${name}-internet`, { vpcId: vpc.id, tags: { Name: name } }, child);
    const publicRoutes = new aws.ec2.RouteTable(`${name}-public-routes`, routesTo(vpc, { gatewayId: internet.id }, `${name}-public`), child);
    const zones = args.zones.map((zone) => this.zone(name, zone, vpc, publicRoutes, internet));
    this.endpoints(name, args, vpc, zones);
    this.flowLog(name, args, vpc);
    this.vpcId = vpc.id;
    this.privateSubnetIds = Object.fromEntries(zones.map((zone) => [zone.name, zone.subnet.id]));
    this.registerOutputs({ vpcId: this.vpcId, privateSubnetIds: this.privateSubnetIds });
  }

  private zone(name: string, zone: ZoneSubnets, vpc: aws.ec2.Vpc, publicRoutes: aws.ec2.RouteTable, internet: aws.ec2.InternetGateway): PrivateZone {
    const child = { parent: this };
    const outer = new aws.ec2.Subnet(`${name}-public-${zone.name}`, subnetArgs(`${name}-public-${zone.name}`, vpc, zone.name, zone.publicSubnet, "kubernetes.io/role/elb"), child);
    new aws.ec2.RouteTableAssociation(`${name}-public-${zone.name}-routes`, { subnetId: outer.id, routeTableId: publicRoutes.id }, child);
    const address = new aws.ec2.Eip(`${name}-nat-${zone.name}-address`, { domain: "vpc", tags: { Name: `${name}-nat-${zone.name}` } }, child);
    const nat = new aws.ec2.NatGateway(`${name}-nat-${zone.name}`, { allocationId: address.id, subnetId: outer.id, tags: { Name: `${name}-${zone.name}` } }, { parent: this, dependsOn: [internet] });
    const subnet = new aws.ec2.Subnet(`${name}-private-${zone.name}`, subnetArgs(`${name}-private-${zone.name}`, vpc, zone.name, zone.privateSubnet, "kubernetes.io/role/internal-elb"), child);
    const routes = new aws.ec2.RouteTable(`${name}-private-${zone.name}-table`, routesTo(vpc, { natGatewayId: nat.id }, `${name}-private-${zone.name}`), child);
    new aws.ec2.RouteTableAssociation(`${name}-private-${zone.name}-routes`, { subnetId: subnet.id, routeTableId: routes.id }, child);
    return { name: zone.name, subnet, routes };
  }

  /** Image layers come from S3 and must not pass the NAT gateways; nodes and pods need tokens even when the NAT is gone. */
  private endpoints(name: string, args: NetworkArgs, vpc: aws.ec2.Vpc, zones: readonly PrivateZone[]): void {
    const child = { parent: this };
    const group = new aws.ec2.SecurityGroup(`${name}-endpoints`, endpointGroup(vpc, args.vpc), child);
    new aws.ec2.VpcEndpoint(`${name}-endpoint-s3`, { vpcId: vpc.id, vpcEndpointType: "Gateway", serviceName: `com.amazonaws.${args.region}.s3`, routeTableIds: zones.map((zone) => zone.routes.id) }, child);
    for (const service of interfaceEndpoints) {
      new aws.ec2.VpcEndpoint(`${name}-endpoint-${service.replace(".", "-")}`, interfaceEndpoint(args.region, service, vpc, group, zones), child);
    }
  }

  private flowLog(name: string, args: NetworkArgs, vpc: aws.ec2.Vpc): void {
    const child = { parent: this };
    const group = new aws.cloudwatch.LogGroup(`${name}-flow-logs`, { name: `/chainstead/${name}/flow`, retentionInDays: args.logDays, kmsKeyId: args.logsKeyArn }, child);
    const role = new aws.iam.Role(`${name}-flow-log-role`, { assumeRolePolicy: assumedBy("vpc-flow-logs.amazonaws.com") }, child);
    const policy = new aws.iam.RolePolicy(`${name}-flow-log-policy`, { role: role.name, policy: group.arn.apply(writeLogs) }, child);
    new aws.ec2.FlowLog(`${name}-flow-log`, { vpcId: vpc.id, trafficType: "ALL", logDestination: group.arn, iamRoleArn: role.arn, maxAggregationInterval: 60 }, { parent: this, dependsOn: [policy] });
  }
}

interface PrivateZone {
  readonly name: string;
  readonly subnet: aws.ec2.Subnet;
  readonly routes: aws.ec2.RouteTable;
}

/** What a node needs to join, pull images and give pods their identity without leaving AWS's network. */
const interfaceEndpoints = ["ec2", "ecr.api", "ecr.dkr", "eks", "eks-auth", "kms", "logs", "sts"] as const;

function vpcArgs(name: string, args: NetworkArgs): aws.ec2.VpcArgs {
  return { cidrBlock: args.vpc, enableDnsHostnames: true, enableDnsSupport: true, tags: { Name: name } };
}

function subnetArgs(name: string, vpc: aws.ec2.Vpc, zone: string, cidrBlock: string, role: string): aws.ec2.SubnetArgs {
  return { vpcId: vpc.id, availabilityZone: zone, cidrBlock, mapPublicIpOnLaunch: false, tags: { Name: name, [role]: "1" } };
}

function routesTo(vpc: aws.ec2.Vpc, target: { gatewayId: pulumi.Input<string> } | { natGatewayId: pulumi.Input<string> }, name: string): aws.ec2.RouteTableArgs {
  return { vpcId: vpc.id, routes: [{ cidrBlock: "0.0.0.0/0", ...target }], tags: { Name: name } };
}

function endpointGroup(vpc: aws.ec2.Vpc, cidr: string): aws.ec2.SecurityGroupArgs {
  return {
    vpcId: vpc.id,
    description: "AWS services, from inside the VPC only",
    ingress: [{ protocol: "tcp", fromPort: 443, toPort: 443, cidrBlocks: [cidr], description: "TLS from the VPC" }],
    egress: [],
  };
}

function interfaceEndpoint(region: string, service: string, vpc: aws.ec2.Vpc, group: aws.ec2.SecurityGroup, zones: readonly PrivateZone[]): aws.ec2.VpcEndpointArgs {
  return {
    vpcId: vpc.id,
    vpcEndpointType: "Interface",
    serviceName: `com.amazonaws.${region}.${service}`,
    privateDnsEnabled: true,
    subnetIds: zones.map((zone) => zone.subnet.id),
    securityGroupIds: [group.id],
  };
}

function writeLogs(groupArn: string): string {
  const actions = ["logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"];
  return JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: actions, Resource: `${groupArn}:*` }] });
}
