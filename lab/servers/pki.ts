import "reflect-metadata";
import * as x509 from "@peculiar/x509";
import { generateKeyPairSync, randomBytes, webcrypto } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { RegionName } from "../layout";
import { regions, sites } from "../layout";
import { writePrivateFile } from "./private-file";

const ecdsa = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
const day = 24 * 60 * 60 * 1000;
/** A lab lives for hours; a year is beyond doubt and still no certificate that anyone should trust. */
const validDays = 365;

/** Paths of a region's certificates and keys, and the names of its users' tokens. */
export interface RegionPki {
  readonly caCert: string;
  readonly servingCert: string;
  readonly servingKey: string;
  /** Signs service-account tokens. */
  readonly serviceAccountKey: string;
  readonly serviceAccountPub: string;
  /** The API server's static token file. */
  readonly tokenFile: string;
  /** Tokens by user, the same as in the token file. */
  readonly tokens: Readonly<Record<ApiUser, string>>;
}

/** Who talks to a region's API server by a static token, and in which groups. */
export const apiUsers = {
  admin: ["system:masters"],
  // One controller manager with one identity: per-controller service accounts cost a few dozen objects and seconds at start.
  "system:kube-controller-manager": ["system:masters"],
  "system:kube-scheduler": [],
  "node-agent": ["chainstead:node-agents"],
  prometheus: ["chainstead:monitoring"],
} as const satisfies Record<string, readonly string[]>;
export type ApiUser = keyof typeof apiUsers;

/** Where a region's material lies, whether or not it exists yet. */
function paths(state: string, region: RegionName) {
  const at = (name: string): string => join(state, "pki", region, name);
  return {
    caCert: at("ca.pem"),
    servingCert: at("apiserver.pem"),
    servingKey: at("apiserver-key.pem"),
    serviceAccountKey: at("service-account-key.pem"),
    serviceAccountPub: at("service-account-pub.pem"),
    tokenFile: at("tokens.csv"),
  };
}

/**
 * Makes the certificate authority, serving certificate, service-account key and tokens of every region, once; a second
 * call reads what is there, so that a restarted API server is the same one to everybody.
 */
export async function ensurePki(state: string): Promise<Readonly<Record<RegionName, RegionPki>>> {
  const made = await Promise.all(regions.map(async (region) => [region, await ensureRegion(state, region)] as const));
  return Object.fromEntries(made) as Record<RegionName, RegionPki>;
}

async function ensureRegion(state: string, region: RegionName): Promise<RegionPki> {
  const files = paths(state, region);
  // The token file is written last: when it exists, everything before it does.
  if (!existsSync(files.tokenFile)) await makeRegion(files, region);
  return { ...files, tokens: readTokens(files.tokenFile) };
}

async function makeRegion(files: ReturnType<typeof paths>, region: RegionName): Promise<void> {
  x509.cryptoProvider.set(webcrypto);
  const validity = { notBefore: new Date(Date.now() - day), notAfter: new Date(Date.now() + validDays * day) };
  const caKeys = await webcrypto.subtle.generateKey(ecdsa, true, ["sign", "verify"]);
  const caName = `CN=Chainstead lab ${region} (not for production)`;
  const ca = await x509.X509CertificateGenerator.createSelfSigned({
    name: caName,
    keys: caKeys,
    signingAlgorithm: ecdsa,
    ...validity,
    extensions: [new x509.BasicConstraintsExtension(true, 0, true), new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true)],
  });
  const servingKeys = await webcrypto.subtle.generateKey(ecdsa, true, ["sign", "verify"]);
  const serving = await x509.X509CertificateGenerator.create({
    subject: "CN=kube-apiserver",
    issuer: caName,
    publicKey: servingKeys.publicKey,
    signingKey: caKeys.privateKey,
    signingAlgorithm: ecdsa,
    ...validity,
    extensions: [
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension([
        ...["kubernetes", "kubernetes.default", "kubernetes.default.svc", "kubernetes.default.svc.cluster.local", "localhost"].map((value) => ({ type: "dns" as const, value })),
        ...[sites[region].address, "127.0.0.1"].map((value) => ({ type: "ip" as const, value })),
      ]),
    ],
  });
  writePrivateFile(files.caCert, ca.toString("pem"));
  writePrivateFile(files.servingCert, serving.toString("pem"));
  writePrivateFile(files.servingKey, await privatePem(servingKeys.privateKey));
  // RS256 is the one algorithm that every verifier of service-account tokens knows, Vault's Kubernetes auth among them.
  const account = generateKeyPairSync("rsa", { modulusLength: 2048 });
  writePrivateFile(files.serviceAccountKey, account.privateKey.export({ type: "pkcs8", format: "pem" }).toString());
  writePrivateFile(files.serviceAccountPub, account.publicKey.export({ type: "spki", format: "pem" }).toString());
  writePrivateFile(files.tokenFile, tokenLines());
}

async function privatePem(key: webcrypto.CryptoKey): Promise<string> {
  return x509.PemConverter.encode(await webcrypto.subtle.exportKey("pkcs8", key), "PRIVATE KEY") + "\n";
}

/** One line a user: token, name, id, groups. */
function tokenLines(): string {
  const line = ([user, groups]: [string, readonly string[]]): string => `${randomBytes(24).toString("hex")},${user},${user},"${groups.join(",")}"`;
  return Object.entries(apiUsers).map(line).join("\n") + "\n";
}

function readTokens(file: string): Record<ApiUser, string> {
  const rows = readFileSync(file, "utf8").trim().split("\n").map((line) => line.split(","));
  return Object.fromEntries(rows.map(([token, user]) => [user, token])) as Record<ApiUser, string>;
}
