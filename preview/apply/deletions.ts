import { BackendError } from "../backend";
import type { ResourceState } from "./deployment";

/** All that is protected against deletion, in one error: whoever unprotects them wants to know of all at once. */
export function assertUnprotected(resources: readonly ResourceState[]): void {
  const guarded = resources.filter((resource) => resource.protect && !resource.external && resource.custom);
  if (guarded.length === 0) return;
  const list = guarded.map((resource) => `  ${resource.urn}`).join("\n");
  throw new BackendError(
    `${guarded.length === 1 ? "One resource is" : `${guarded.length} resources are`} protected and would have to be deleted; nothing was deleted:\n${list}\nDeclare ${guarded.length === 1 ? "it" : "them"} again, or first apply the program with \`protect: false\` there.`,
  );
}

/** URNs that have to exist as long as this resource does. */
export function needs(resource: ResourceState): string[] {
  const provider = resource.provider?.slice(0, resource.provider.lastIndexOf("::"));
  return [resource.parent, provider, resource.deletedWith, ...(resource.dependencies ?? []), ...Object.values(resource.propertyDependencies ?? {}).flat()].filter((urn): urn is string => urn !== undefined);
}

/**
 * Calls `remove` for each resource once everything that needs it is gone; what does not depend on each other goes at the same time.
 * A failure keeps what the failed resource needs, and nothing else.
 * @returns the errors, in the order they came, and what was kept because of them
 */
export async function removeInOrder(
  resources: readonly ResourceState[],
  remove: (resource: ResourceState) => Promise<void>,
): Promise<{ readonly errors: readonly unknown[]; readonly kept: readonly ResourceState[] }> {
  const errors: unknown[] = [];
  const kept: ResourceState[] = [];
  const removed = new Map<ResourceState, Promise<boolean>>();
  // A file's order is a valid order of creation, so from its end each resource's dependents have been met before it.
  for (const resource of [...resources].reverse()) {
    const dependents = [...removed].filter(([other]) => needs(other).includes(resource.urn)).map(([, done]) => done);
    const done = Promise.all(dependents).then(async (gone) => {
      if (gone.includes(false)) {
        kept.push(resource);
        return false;
      }
      try {
        await remove(resource);
        return true;
      } catch (error) {
        errors.push(error);
        kept.push(resource);
        return false;
      }
    });
    removed.set(resource, done);
  }
  await Promise.all(removed.values());
  return { errors, kept };
}
