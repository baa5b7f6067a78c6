/** The costs view's script: draws what the extension sends. */
import { html } from "./dom";
import { drawLayers } from "./layers";
import type { Compared, ToView } from "./messages";
import { drawModel, rows, type Opened } from "./model";

declare function acquireVsCodeApi(): {
  postMessage(message: unknown): void;
  getState(): ToView | undefined;
  setState(state: ToView): void;
};

const vscode = acquireVsCodeApi();
const place = document.getElementById("costs");
const opened: Opened = { derivations: new Set() };
let subject = "";

window.addEventListener("message", (event: MessageEvent<ToView>) => {
  if (event.data.type === "figure") openFigure(event.data.figure);
  else {
    vscode.setState(event.data);
    draw(event.data);
  }
});
const kept = vscode.getState();
if (kept !== undefined) draw(kept);
vscode.postMessage({ type: "ready" });

function draw(message: ToView): void {
  // While one model is typed at, the view stays where it was scrolled to; another one is shown from its top.
  const same = subject === (subject = subjectOf(message));
  const top = same ? document.documentElement.scrollTop : 0;
  place?.replaceChildren(content(message));
  document.documentElement.scrollTop = top;
}

function subjectOf(message: ToView): string {
  if (message.type === "model") return `${message.file} ${message.costs.name}`;
  return message.type === "comparison" ? `${message.left.name} ${message.right.name}` : message.type;
}

function content(message: ToView): HTMLElement {
  switch (message.type) {
    case "model":
      return drawModel(message.costs, message.file, opened);
    case "comparison":
      return drawComparison(message.left, message.right);
    case "unknown":
      return empty("No costs here", `${message.file}: no model at the cursor, or its config was not found.`);
    default:
      return empty("Costs", "Put the cursor in a spec file: a config.json, a gallery entry or a model card.");
  }
}

function empty(heading: string, text: string): HTMLElement {
  return html("div", { class: "empty" }, html("h1", {}, heading), html("p", {}, text));
}

function openFigure(figure: string): void {
  opened.derivations.add(figure);
  const details = document.getElementById(`derivation-${figure}`);
  if (details instanceof HTMLDetailsElement) {
    details.open = true;
    details.scrollIntoView({ block: "center" });
    details.classList.add("shown");
  }
}

function drawComparison(left: Compared, right: Compared): HTMLElement {
  const sides = [left, right].map(({ name, costs }) =>
    html(
      "div",
      { class: "side" },
      html("h1", {}, name),
      costs === null ? html("p", {}, "Its config was not found.") : drawLayers(costs),
    ),
  );
  const compared = rows(left.costs ?? {}, right.costs ?? {});
  const cell = (text: string, pale: boolean): HTMLElement => html("td", { class: pale ? "figure pale" : "figure" }, text);
  const table = html(
    "table",
    {},
    html("tr", {}, ...["", left.name, right.name, "ratio"].map((text) => html("th", {}, text))),
    ...compared.map((row) =>
      html(
        "tr",
        {},
        html("td", {}, row.name),
        cell(row.left, row.pale[0]),
        cell(row.right, row.pale[1]),
        html("td", { class: "ratio" }, row.ratio ?? ""),
      ),
    ),
  );
  const pale = compared.some((row) => row.pale.includes(true));
  return html(
    "div",
    { class: "comparison" },
    table,
    pale && html("p", { class: "aside" }, "Slanted: beyond the context that the model declares."),
    html("div", { class: "sides" }, ...sides),
  );
}
