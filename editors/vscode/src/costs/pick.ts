/** Choosing a model among those of the open spec files. */
import * as vscode from "vscode";
import type { CostsSource, Place } from "./source";

/** A model by name, and where it stands. */
export interface PickedModel extends Place {
  readonly name: string;
}

/** Let the user choose a model of the workspace; undefined when they did not. */
export async function pickModel(
  source: CostsSource,
  placeHolder: string,
  except?: PickedModel,
): Promise<PickedModel | undefined> {
  const models = (await allModels(source)).filter((model) => except === undefined || !same(model, except));
  if (models.length === 0) {
    void vscode.window.showInformationMessage("archlint: no other model is known in this workspace.");
    return undefined;
  }
  const current = source.current;
  models.sort((a, b) => Number(isHere(b, current)) - Number(isHere(a, current)));
  const picked = await vscode.window.showQuickPick(
    models.map((model) => ({ label: model.name, description: vscode.workspace.asRelativePath(model.uri), model })),
    { placeHolder, matchOnDescription: true },
  );
  return picked?.model;
}

async function allModels(source: CostsSource): Promise<PickedModel[]> {
  const symbols = await vscode.commands.executeCommand<vscode.SymbolInformation[]>(
    "vscode.executeWorkspaceSymbolProvider",
    "",
  );
  const models = new Map<string, PickedModel>();
  for (const { name, location } of symbols) {
    if (!/\.(ya?ml|json|md)$/i.test(location.uri.path)) continue;
    const model = { name, uri: location.uri, position: location.range.start };
    models.set(`${location.uri.toString()}#${location.range.start.line}`, model);
  }
  const here = source.current;
  if (here?.costs?.name != null && models.size === 0) {
    models.set("here", { name: here.costs.name, uri: here.document.uri, position: here.position });
  }
  return [...models.values()];
}

function same(a: Place, b: Place): boolean {
  return a.uri.toString() === b.uri.toString() && a.position.isEqual(b.position);
}

function isHere(model: PickedModel, current: CostsSource["current"]): boolean {
  return current?.costs?.name === model.name && current.document.uri.toString() === model.uri.toString();
}
