/** What one layer hands to the next: a typed contract per layer, validated where it is read. Facts only, never a secret. */
import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";

const text = z.string().min(1);

export const globalContract = z.strictObject({
  contract: z.literal(1),
  /** ARN of the key that unseals a region's Vault, by region. Empty where Vault is unsealed otherwise. */
  unsealKeys: z.record(z.string(), text),
});

export const foundationContract = z.strictObject({
  contract: z.literal(1),
  cluster: z.strictObject({
    name: text,
    endpoint: z.url({ protocol: /^https$/ }),
    /** PEM in base64. */
    certificateAuthority: text,
  }),
  /** ARN of the cloud's role of a platform part, by its name. Empty where the cloud has no identities. */
  roles: z.record(z.string(), text),
});

export const platformContract = z.strictObject({
  contract: z.literal(1),
  storageClasses: z.strictObject({ fast: text, standard: text }),
});

export const chainsContract = z.strictObject({
  contract: z.literal(1),
  /** Names of the instances that this region runs. */
  instances: z.array(text),
});

/** What a layer finds when it reads another one. */
export type Layer<Contract extends z.ZodType> = pulumi.Output<z.infer<Contract>>;
export type Global = Layer<typeof globalContract>;
export type Foundation = Layer<typeof foundationContract>;
export type Platform = Layer<typeof platformContract>;

/** A layer's outputs as the program gives them: each value may still be an Output. */
export type OutputsOf<Contract extends z.ZodType> = { readonly [K in keyof z.infer<Contract>]: pulumi.Input<Deep<z.infer<Contract>[K]>> };
type Deep<T> = T extends string | number | boolean ? T : { readonly [K in keyof T]: pulumi.Input<Deep<T[K]>> };

/**
 * One entry of a record that another layer gave.
 *
 * @throws Error naming the stack's layer and what it holds instead
 */
export function entryOf(record: pulumi.Output<Readonly<Record<string, string>>>, key: string, what: string): pulumi.Output<string> {
  return record.apply((entries) => {
    const found = entries[key];
    if (found === undefined) throw new Error(`There is no ${what} for ${key}; there are ${Object.keys(entries).join(", ") || "none"}. Bring the layer that makes it up first.`);
    return found;
  });
}

/**
 * Reads another stack's outputs by its contract. This is the only place where they are read.
 *
 * @throws Error naming the stack and every output that is missing or of another form
 */
export function readLayer<Contract extends z.ZodType>(reference: pulumi.StackReference, contract: Contract): Layer<Contract> {
  return pulumi.all([reference.name, reference.outputs]).apply(([stack, outputs]) => parseOutputs(stack, contract, outputs));
}

/** The pure part of `readLayer`; fixtures are tested with it. */
export function parseOutputs<Contract extends z.ZodType>(stack: string, contract: Contract, outputs: unknown): z.infer<Contract> {
  const result = contract.safeParse(outputs);
  if (result.success) return result.data;
  const problems = result.error.issues.map((issue) => `- ${issue.path.join(".") || "outputs"}: ${issue.message}`);
  throw new Error(`Stack ${stack} does not hold what the next layer needs:\n${problems.join("\n")}\nBring ${stack} up with this version of the program first.`);
}
