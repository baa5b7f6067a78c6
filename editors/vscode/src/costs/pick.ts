/** Choosing a model among those of the open spec files. */
import * as vscode from "vscode";
import { WorkspaceSymbolRequest, type LanguageClient } from "vscode-languageclient/node";
import type { CostsSource, Place } from "./source";

/** A model by name, and where it stands. */
export interface PickedModel extends Place {
  readonly name: string;
}

/** Let the user choose a model of the workspace; undefined when they did not. */
export async function pickModel(
  client: LanguageClient,
  source: CostsSource,
  placeHolder: string,
  except?: PickedModel,
): Promise<PickedModel | undefined> {
  const models = (await allModels(client)).filter((model) => except === undefined || !same(model, except));
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

/** The models that the server knows: VS Code's own search would also give the symbols of other extensions. */
async function allModels(client: LanguageClient): Promise<PickedModel[]> {
  const symbols = (await client.sendRequest(WorkspaceSymbolRequest.type, { query: "" })) ?? [];
  return symbols.flatMap(({ name, location }) => {
    if (!("range" in location)) return [];
    const { start } = client.protocol2CodeConverter.asRange(location.range);
    return [{ name, uri: client.protocol2CodeConverter.asUri(location.uri), position: start }];
  });
}

function same(a: Place, b: Place): boolean {
  return a.uri.toString() === b.uri.toString() && a.position.isEqual(b.position);
}

function isHere(model: PickedModel, current: CostsSource["current"]): boolean {
  return current?.costs?.name === model.name && current.document.uri.toString() === model.uri.toString();
}
