/** The status bar item: findings, and KV cache per token of the model at the cursor. */
import * as vscode from "vscode";
import { bytes, count } from "./costs/figures";
import type { CostsSource } from "./costs/source";
import { maybeSpec } from "./specFiles";

type State = "starting" | "running" | "absent" | "failed" | "off";

/** Shown while a spec file is looked at. */
export class Status implements vscode.Disposable {
  private readonly item = vscode.window.createStatusBarItem("archlint.status", vscode.StatusBarAlignment.Right, 100);
  private readonly disposables: vscode.Disposable[];
  private now: State = "starting";
  private detail = "";

  constructor(private readonly source: CostsSource) {
    this.item.name = "archlint";
    this.disposables = [
      this.item,
      source.onChange(() => this.draw()),
      vscode.window.onDidChangeActiveTextEditor(() => this.now !== "running" && this.draw()),
      vscode.languages.onDidChangeDiagnostics(({ uris }) => {
        const shown = source.current?.document.uri.toString();
        if (uris.some((uri) => uri.toString() === shown)) this.draw();
      }),
    ];
    this.draw();
  }

  /** Whether the server runs, and which. */
  state(now: State, detail = ""): void {
    this.now = now;
    this.detail = detail;
    this.draw();
  }

  dispose(): void {
    for (const disposable of this.disposables) disposable.dispose();
  }

  private draw(): void {
    this.item.backgroundColor = undefined;
    if (this.now !== "running") {
      this.drawState();
      return;
    }
    const current = this.source.current;
    if (current === undefined) {
      this.item.hide();
      return;
    }
    const { errors, warnings, others } = findings(current.document);
    const perToken = current.costs?.kv_cache?.bytes_per_token;
    const icon = errors > 0 ? `$(error) ${errors}` : warnings > 0 ? `$(warning) ${warnings}` : "$(check)";
    this.item.text = `${icon}${errors + warnings > 0 ? " ·" : ""} ${perToken == null ? "archlint" : `${bytes(perToken)}/token`}`;
    this.item.command = { command: "archlint.showCostsView", title: "Show Costs" };
    const lines = [
      `archlint: ${plural(errors, "error")}, ${plural(warnings, "warning")}, ${plural(others, "note")} in this file`,
    ];
    const costs = current.costs;
    if (costs !== undefined) {
      const { total, active } = costs.parameters ?? {};
      lines.push(
        [
          costs.name ?? costs.model_type ?? "this model",
          `${count(total)} parameters${active != null && active !== total ? `, ${count(active)} active` : ""}`,
          `${bytes(perToken)} KV cache per token`,
        ].join(" · "),
      );
    }
    this.item.tooltip = [...lines, `server ${this.detail}`].join("\n");
    this.item.show();
  }

  private drawState(): void {
    const document = vscode.window.activeTextEditor?.document;
    if (this.now === "off" || document === undefined || !maybeSpec(document)) {
      this.item.hide();
      return;
    }
    switch (this.now) {
      case "starting":
        this.item.text = "$(loading~spin) archlint";
        this.item.tooltip = "archlint is starting";
        this.item.command = "archlint.showOutput";
        break;
      case "absent":
        this.item.text = "$(circle-slash) archlint";
        this.item.tooltip = "archlint is not installed: click to install it or to say where it is";
        this.item.command = "archlint.restart";
        break;
      default:
        this.item.text = "$(error) archlint";
        this.item.tooltip = `archlint does not run: ${this.detail}. Click to see its output.`;
        this.item.command = "archlint.showOutput";
        this.item.backgroundColor = new vscode.ThemeColor("statusBarItem.errorBackground");
    }
    this.item.show();
  }
}

function findings(document: vscode.TextDocument): { errors: number; warnings: number; others: number } {
  const found = { errors: 0, warnings: 0, others: 0 };
  for (const { source, severity } of vscode.languages.getDiagnostics(document.uri)) {
    if (source !== "archlint") continue;
    if (severity === vscode.DiagnosticSeverity.Error) found.errors += 1;
    else if (severity === vscode.DiagnosticSeverity.Warning) found.warnings += 1;
    else found.others += 1;
  }
  return found;
}

function plural(number: number, thing: string): string {
  return `${number === 0 ? "no" : number} ${thing}${number === 1 ? "" : "s"}`;
}
