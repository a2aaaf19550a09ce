import type * as pulumi from "@pulumi/pulumi";

/** Where the clouds meet: the two kinds of volume that a chain's definition asks for. */
export interface StorageClasses {
  /** Databases of nodes: many small writes. */
  readonly fast: pulumi.Output<string>;
  /** Everything else; also the cluster's default. */
  readonly standard: pulumi.Output<string>;
}

/** Names of the classes, the same in every cloud, so that a claim reads alike everywhere. */
export const storageClassNames = { fast: "fast", standard: "standard" } as const;

/** Marks the class that claims without a class get. */
export const defaultClass = { "storageclass.kubernetes.io/is-default-class": "true" } as const;
