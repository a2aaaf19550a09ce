import { isPropertyList, isPropertyMap, mapEntries, Secret, someValue, type PropertyMap, type PropertyValue } from "./values";

/**
 * Marks outputs secret as the engine does: what went in as a secret under a name comes out as one, and so does each property that the
 * resource lists as a secret output.
 */
export function annotateSecrets(outputs: PropertyMap, inputs: PropertyMap, secretOutputs: readonly string[]): PropertyMap {
  return mapEntries(outputs, (value, key) => (secretOutputs.includes(key) ? wrap(value) : annotate(value, inputs[key])));
}

function annotate(output: PropertyValue, input: PropertyValue | undefined): PropertyValue {
  if (output instanceof Secret || input === undefined) return output;
  if (input instanceof Secret) return wrap(output);
  if (isPropertyMap(output) && isPropertyMap(input)) return mapEntries(output, (value, key) => annotate(value, input[key]));
  if (isPropertyList(output) && isPropertyList(input)) return output.map((value, index) => annotate(value, input[index]));
  return output;
}

const wrap = (value: PropertyValue): PropertyValue => (value instanceof Secret ? value : new Secret(value));

/** Every text inside a secret, so that messages can be searched for it. */
export function secretTexts(value: PropertyValue): readonly string[] {
  const texts: string[] = [];
  someValue(value, (item) => {
    if (item instanceof Secret) {
      someValue(item.reveal(), (inner) => {
        if (typeof inner === "string") texts.push(inner);
        return false;
      });
    }
    return false;
  });
  return texts;
}
