/** The architecture's layers: one column each, its mixer above and its feed-forward below, coloured by kind. */
import { bytes, count, type Figure, type LayerCosts, type ModelCosts } from "../figures";
import { html } from "./dom";

/** Kinds in the order of their colours and of the legend; what each is called. */
const mixers: Readonly<Record<string, string>> = {
  global: "global attention",
  sliding: "sliding-window attention",
  chunked: "chunked attention",
  mla: "latent attention (MLA)",
  sparse: "sparse attention",
  compressed: "compressed attention",
  cross: "cross-attention",
  linear: "linear attention",
  mamba: "state space (Mamba)",
  conv: "short convolution",
  recurrent: "recurrence",
  none: "no mixer",
};
const feedForwards: Readonly<Record<string, string>> = { dense: "dense MLP", experts: "experts", none: "no MLP" };

/** Rows break after whole groups, so that the same places stand below each other. */
const group = 8;

/** Heights in CSS pixels. */
const tallest = 36;
const lowest = 8;

/** The drawing with its legend; undefined when nothing is known about the layers. */
export function drawLayers(costs: ModelCosts): HTMLElement | undefined {
  const layers = sequence(costs);
  if (layers.length === 0) return undefined;
  const most: Most = {
    cache: Math.max(0, ...layers.map((layer) => layer.kv_bytes_per_token ?? 0)),
    parameters: Math.max(0, ...layers.map((layer) => layer.parameters ?? 0)),
  };
  return html(
    "section",
    {},
    html("h2", {}, layers.length === 1 ? "1 layer" : `${layers.length} layers`),
    html(
      "div",
      { class: "layers", role: "img", "aria-label": kinds(layers).map(([, , name, number]) => `${number} ${name}`).join(", ") },
      ...grouped(layers.map((layer, index) => drawLayer(layer, index, most))),
    ),
    legend(layers),
    html("p", { class: "aside" }, heightsMean(most)),
  );
}

/** The largest share of a layer, which its column's full height stands for. */
interface Most {
  readonly cache: number;
  readonly parameters: number;
}

function heightsMean({ cache, parameters }: Most): string | undefined {
  const halves = [
    cache > 0 && `above, KV cache per token (at most ${bytes(cache)})`,
    parameters > 0 && `below, parameters of the layer (at most ${count(parameters)})`,
  ].filter(Boolean);
  return halves.length === 0 ? undefined : `Heights: ${halves.join("; ")}.`;
}

function grouped(layers: readonly HTMLElement[]): HTMLElement[] {
  const groups: HTMLElement[] = [];
  for (let start = 0; start < layers.length; start += group) {
    groups.push(html("div", { class: "group" }, ...layers.slice(start, start + group)));
  }
  return groups;
}

function drawLayer(layer: LayerCosts, index: number, most: Most): HTMLElement {
  return html(
    "div",
    { class: "layer", title: tooltip(layer, index) },
    html("div", { class: "above" }, bar("mixer", layer.mixer, mixers, height(layer.kv_bytes_per_token, most.cache))),
    html(
      "div",
      { class: "below" },
      layer.feed_forward !== "none" &&
        bar("feed-forward", layer.feed_forward, feedForwards, height(layer.parameters, most.parameters)),
    ),
    html("div", { class: "index" }, index % group === 0 ? String(index) : undefined),
  );
}

function height(value: Figure, most: number): number {
  if (value == null || most === 0) return tallest;
  return value === 0 ? lowest : lowest + ((tallest - lowest) * value) / most;
}

/** One half of a layer; two kinds side by side in it share its width. */
function bar(role: string, kind: string, names: Readonly<Record<string, string>>, pixels: number): HTMLElement {
  const parts = kind.split(" + ").map((part) => html("span", { class: className(part, names) }));
  const drawn = html("div", { class: role }, ...parts);
  drawn.style.height = `${pixels.toFixed(1)}px`;
  return drawn;
}

function tooltip(layer: LayerCosts, index: number): string {
  const lines = [`layer ${index}: ${called(layer.mixer, mixers)}, ${called(layer.feed_forward, feedForwards)}`];
  if (layer.kv_bytes_per_token != null) lines.push(`${bytes(layer.kv_bytes_per_token)} KV cache per token`);
  if (layer.parameters != null) lines.push(`${count(layer.parameters)} parameters`);
  return lines.join("\n");
}

type Kind = readonly [role: string, kind: string, name: string, number: number];

/** The kinds of a model's layers, mixers first, each with its number. */
function kinds(layers: readonly LayerCosts[]): Kind[] {
  const counted = (role: string, names: Readonly<Record<string, string>>, of: (layer: LayerCosts) => string): Kind[] => {
    const counts = new Map<string, number>();
    for (const layer of layers) counts.set(of(layer), (counts.get(of(layer)) ?? 0) + 1);
    return [...counts].map(([kind, number]) => [role, kind, called(kind, names), number]);
  };
  return [
    ...counted("mixer", mixers, (layer) => layer.mixer),
    ...counted("feed-forward", feedForwards, (layer) => layer.feed_forward).filter(([, kind]) => kind !== "none"),
  ];
}

function legend(layers: readonly LayerCosts[]): HTMLElement {
  const item = ([role, kind, name, number]: Kind): HTMLElement => {
    const names = role === "mixer" ? mixers : feedForwards;
    const swatch = kind.split(" + ").map((part) => html("span", { class: className(part, names) }));
    return html("li", {}, html("span", { class: `swatch ${role}` }, ...swatch), html("b", {}, String(number)), ` ${name}`);
  };
  return html("ul", { class: "legend" }, ...kinds(layers).map(item));
}

function called(kind: string, names: Readonly<Record<string, string>>): string {
  return kind
    .split(" + ")
    .map((part) => (Object.hasOwn(names, part) ? names[part] : part))
    .join(" and ");
}

/** A class name from the known ones only: a kind is text from elsewhere. */
function className(kind: string, known: Readonly<Record<string, string>>): string {
  return Object.hasOwn(known, kind) ? `kind-${kind}` : "kind-other";
}

function sequence(costs: ModelCosts): readonly LayerCosts[] {
  const written = costs.layers?.sequence;
  if (written != null && written.length > 0) return written;
  const above = spread(costs.layers?.mixers);
  const below = spread(costs.layers?.feed_forwards);
  return above.map((mixer, index) => ({ mixer, feed_forward: below[index] ?? "none" }));
}

function spread(counts: Readonly<Record<string, number>> | null | undefined): string[] {
  return Object.entries(counts ?? {}).flatMap(([name, number]) => Array<string>(number).fill(name));
}
