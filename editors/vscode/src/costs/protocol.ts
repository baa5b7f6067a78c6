/** What `archlint/costs` answers: one model's figures, as `archlint show --format json` prints them. */
import { RequestType } from "vscode-languageclient/node";
import type { ModelCosts } from "./figures";

/** The document, and where in it the model is looked for; without a position, the document's first model. */
export interface CostsParams {
  readonly textDocument: { readonly uri: string };
  readonly position?: { readonly line: number; readonly character: number };
}

/** Null where there is no model, or none whose config is known. */
export const CostsRequest = new RequestType<CostsParams, ModelCosts | null, void>("archlint/costs");
