/** The costs view: one web view panel beside the file, drawn anew while typing. */
import { randomBytes } from "node:crypto";
import * as vscode from "vscode";
import type { ModelCosts } from "./figures";
import type { PickedModel } from "./pick";
import type { CostsSource, Current, Place } from "./source";
import type { ToView } from "./view/messages";

/** There is at most one. */
export class CostsPanel implements vscode.Disposable {
  private panel: vscode.WebviewPanel | undefined;
  private message: ToView = { type: "nothing" };
  private compared: readonly [PickedModel, PickedModel] | undefined;
  private following: vscode.Disposable | undefined;

  constructor(
    private readonly extension: vscode.Uri,
    private readonly source: CostsSource,
  ) {}

  /** Show the model at the cursor; `figure` names the derivation to open. */
  show(options: { readonly figure?: string } = {}): void {
    this.compared = undefined;
    this.reveal();
    this.update(this.source.current);
    if (options.figure !== undefined) this.post({ type: "figure", figure: options.figure });
  }

  /** Show two models side by side. */
  async compare(left: PickedModel, right: PickedModel): Promise<void> {
    this.compared = [left, right];
    this.reveal();
    await this.updateCompared();
  }

  dispose(): void {
    this.following?.dispose();
    this.panel?.dispose();
  }

  private reveal(): void {
    if (this.panel !== undefined) {
      this.panel.reveal(undefined, true);
      return;
    }
    const media = vscode.Uri.joinPath(this.extension, "media");
    const out = vscode.Uri.joinPath(this.extension, "out");
    this.panel = vscode.window.createWebviewPanel(
      "archlint.costs",
      "Costs",
      { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true },
      { enableScripts: true, localResourceRoots: [media, out] },
    );
    this.panel.iconPath = vscode.Uri.joinPath(this.extension, "images", "icon.png");
    this.panel.webview.html = page(this.panel.webview, media, out);
    this.panel.webview.onDidReceiveMessage((message: { readonly type?: string }) => {
      if (message.type === "ready") this.post(this.message);
    });
    this.panel.onDidDispose(() => {
      this.panel = undefined;
      this.following?.dispose();
    });
    this.following = this.source.onChange((current) =>
      this.compared === undefined ? this.update(current) : void this.updateCompared(),
    );
  }

  private update(current: Current | undefined): void {
    if (current === undefined) {
      if (this.message.type !== "model") this.keep({ type: "nothing" });
      return;
    }
    const file = vscode.workspace.asRelativePath(current.document.uri);
    if (current.costs !== undefined) {
      this.keep({ type: "model", file, costs: current.costs });
      this.title(current.costs.name ?? file);
    } else {
      this.keep({ type: "unknown", file });
      this.title(file);
    }
  }

  private async updateCompared(): Promise<void> {
    if (this.compared === undefined) return;
    const [left, right] = this.compared;
    const [first, second] = await Promise.all([this.costsAt(left), this.costsAt(right)]);
    this.keep({
      type: "comparison",
      left: { name: left.name, costs: first ?? null },
      right: { name: right.name, costs: second ?? null },
    });
    this.title(`${left.name} and ${right.name}`);
  }

  private async costsAt(place: Place): Promise<ModelCosts | undefined> {
    return this.source.at(await vscode.workspace.openTextDocument(place.uri), place.position);
  }

  private title(of: string): void {
    if (this.panel !== undefined) this.panel.title = `Costs: ${of}`;
  }

  private keep(message: ToView): void {
    this.message = message;
    this.post(message);
  }

  private post(message: ToView): void {
    void this.panel?.webview.postMessage(message);
  }
}

function page(webview: vscode.Webview, media: vscode.Uri, out: vscode.Uri): string {
  const nonce = randomBytes(18).toString("base64");
  const style = webview.asWebviewUri(vscode.Uri.joinPath(media, "costs.css")).toString();
  const script = webview.asWebviewUri(vscode.Uri.joinPath(out, "view.js")).toString();
  const policy = `default-src 'none'; style-src ${webview.cspSource}; script-src 'nonce-${nonce}'`;
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="${style}">
<title>Costs</title>
</head>
<body>
<main id="costs"></main>
<script nonce="${nonce}" src="${script}"></script>
</body>
</html>`;
}
