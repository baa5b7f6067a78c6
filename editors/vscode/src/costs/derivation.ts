/** Choosing one figure of a model, with its arithmetic. */
import * as vscode from "vscode";
import { derivations, figureName, type ModelCosts } from "./figures";

/** Let the user choose; the figure's name, or undefined. */
export async function pickDerivation(costs: ModelCosts): Promise<string | undefined> {
  const items = derivations(costs).map(([figure, arithmetic]) => ({
    label: figureName(figure),
    detail: arithmetic.replace(/\s*\n\s*/g, "  "),
    figure,
  }));
  const picked = await vscode.window.showQuickPick(items, {
    title: costs.name ?? costs.model_type ?? "Derivations",
    placeHolder: "Which figure's arithmetic?",
    matchOnDetail: true,
  });
  return picked?.figure;
}
