/** What the extension tells the web view. */
import type { ModelCosts } from "../figures";

/** One message. */
export type ToView =
  | { readonly type: "nothing" }
  | { readonly type: "unknown"; readonly file: string }
  | { readonly type: "model"; readonly file: string; readonly costs: ModelCosts }
  | { readonly type: "figure"; readonly figure: string }
  | { readonly type: "comparison"; readonly left: Compared; readonly right: Compared };

/** One side of a comparison; without costs where its config is not known. */
export interface Compared {
  readonly name: string;
  readonly costs: ModelCosts | null;
}
