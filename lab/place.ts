/** Where one lab works. `cli`'s context is one; a test makes its own. */
export interface LabPlace {
  /** The checkout. */
  readonly root: string;
  /** Name of the lab, `CHAINSTEAD_LAB`. @default "local" */
  readonly lab: string;
  /** State folder, `<root>/.lab/<lab>`. */
  readonly state: string;
  /** Cache of programs, `${XDG_CACHE_HOME:-~/.cache}/chainstead`. */
  readonly cache: string;
}
