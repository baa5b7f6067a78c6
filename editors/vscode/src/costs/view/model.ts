/** One model: its figures, its layers, its cache over the context, its parameters by part, its derivations. */
import {
  arithmeticLines,
  bytes,
  context,
  count,
  derivations,
  exact,
  figureName,
  flops,
  share,
  type Figure,
  type ModelCosts,
} from "../figures";
import { html } from "./dom";
import { drawLayers } from "./layers";

/** What the user has opened, kept while the drawing is replaced. */
export interface Opened {
  readonly derivations: Set<string>;
}

/** The whole of one model. */
export function drawModel(costs: ModelCosts, file: string, opened: Opened): HTMLElement {
  return html(
    "div",
    { class: "model" },
    html(
      "header",
      {},
      html("h1", {}, costs.name ?? file),
      html("p", { class: "under" }, ...[costs.model_type, file].flatMap((text) => (text ? [html("code", {}, text)] : []))),
    ),
    drawTiles(costs),
    drawLayers(costs),
    drawCache(costs),
    drawParts(costs),
    drawDerivations(costs, opened),
  );
}

function drawTiles(costs: ModelCosts): HTMLElement {
  const { parameters, kv_cache: cache, weights, flops: work, state } = costs;
  const activeShare = share(parameters?.active, parameters?.total);
  const sparse = parameters?.active != null && parameters.active !== parameters.total;
  return html(
    "section",
    { class: "tiles" },
    tile("parameters", count(parameters?.total), exact(parameters?.total), unsure(costs, "parameters.total")),
    sparse &&
      tile(
        "active",
        count(parameters.active),
        exact(parameters.active),
        unsure(costs, "parameters.active"),
        activeShare === undefined ? undefined : `${activeShare} of all`,
      ),
    tile(
      "KV cache per token",
      bytes(cache?.bytes_per_token),
      exact(cache?.bytes_per_token, "B, bf16, all caching layers"),
      unsure(costs, "kv_cache.bytes_per_token"),
      growing(cache),
    ),
    !!state?.bytes && tile("state per sequence", bytes(state.bytes), exact(state.bytes, "B"), unsure(costs, "state.bytes")),
    tile("weights", bytes(weights?.bytes), exact(weights?.bytes, "B"), unsure(costs, "weights.bytes"), weights?.dtype ?? undefined),
    tile("work per token", flops(work?.per_token), exact(work?.per_token, "FLOP"), unsure(costs, "flops.per_token")),
  );
}

function growing(cache: ModelCosts["kv_cache"]): string | undefined {
  const grows = cache?.growing_bytes_per_token;
  if (grows == null || grows === cache?.bytes_per_token) return undefined;
  return `${bytes(grows)} beyond the windows`;
}

function tile(name: string, value: string, whole: string, unverified: boolean, note?: string): HTMLElement {
  const doubtful = unverified && value !== "–";
  return html(
    "div",
    { class: doubtful ? "tile unverified" : "tile", title: doubtful ? `${whole}; not verified for this model type` : whole },
    html("div", { class: "value" }, doubtful ? `≈ ${value}` : value),
    html("div", { class: "name" }, name),
    note !== undefined && html("div", { class: "note" }, note),
  );
}

/** Figures are named `kv_cache.bytes_per_token` or `kv_bytes_per_token`-like; either form may be marked. */
function unsure(costs: ModelCosts, figure: string): boolean {
  const verified = costs.verified ?? {};
  return (verified[figure] ?? verified[figure.replace(".", "_")] ?? true) === false;
}

function drawCache(costs: ModelCosts): HTMLElement | undefined {
  const at = Object.entries(costs.kv_cache?.at ?? {})
    .map(([tokens, value]) => [Number(tokens), value] as const)
    .filter(([tokens, value]) => Number.isFinite(tokens) && value != null)
    .sort(([a], [b]) => a - b);
  if (at.length === 0) return undefined;
  const state = costs.state?.bytes ?? 0;
  return html(
    "section",
    {},
    html("h2", {}, "Cache of one sequence, by context"),
    bars(
      at.map(([tokens, value]) => ({
        name: context(tokens),
        value: (value ?? 0) + state,
        text: bytes((value ?? 0) + state),
        whole: `${exact(value, "B")} at ${exact(tokens, "tokens")}${state > 0 ? `, and ${exact(state, "B")} of state` : ""}`,
      })),
      "cache",
    ),
  );
}

function drawParts(costs: ModelCosts): HTMLElement | undefined {
  const total = costs.parameters?.total;
  const parts = Object.entries(costs.parameters?.by_part ?? {})
    .filter((entry): entry is [string, number] => typeof entry[1] === "number" && entry[1] > 0)
    .sort(([, a], [, b]) => b - a);
  if (parts.length === 0) return undefined;
  return html(
    "section",
    {},
    html("h2", {}, "Parameters by part"),
    bars(
      parts.map(([name, value]) => ({
        name: name.replaceAll("_", " "),
        value,
        text: [count(value), share(value, total)].filter(Boolean).join(" · "),
        whole: exact(value),
      })),
      "parts",
    ),
  );
}

interface Bar {
  readonly name: string;
  readonly value: number;
  readonly text: string;
  readonly whole: string;
}

function bars(of: readonly Bar[], kind: string): HTMLElement {
  const most = Math.max(...of.map(({ value }) => value), 1);
  return html(
    "dl",
    { class: `bars ${kind}` },
    ...of.flatMap(({ name, value, text, whole }) => {
      const bar = html("span", { class: "bar" });
      bar.style.width = `${Math.max(0.4, (100 * value) / most)}%`;
      return [
        html("dt", {}, name),
        html("dd", { title: whole }, html("span", { class: "track" }, bar), html("span", { class: "text" }, text)),
      ];
    }),
  );
}

function drawDerivations(costs: ModelCosts, opened: Opened): HTMLElement | undefined {
  const shown = derivations(costs);
  if (shown.length === 0) return undefined;
  return html(
    "section",
    {},
    html("h2", {}, "Derivations"),
    ...shown.map(([figure, arithmetic]) => drawDerivation(figure, arithmetic, opened)),
  );
}

function drawDerivation(figure: string, arithmetic: string, opened: Opened): HTMLElement {
  const details = html(
    "details",
    { id: `derivation-${figure}` },
    html("summary", {}, figureName(figure)),
    html("pre", {}, arithmeticLines(arithmetic)),
  ) as HTMLDetailsElement;
  details.open = opened.derivations.has(figure);
  details.addEventListener("toggle", () => {
    if (details.open) opened.derivations.add(figure);
    else opened.derivations.delete(figure);
  });
  return details;
}

/** Two figures beside each other. */
export interface Row {
  readonly name: string;
  readonly left: string;
  readonly right: string;
  readonly ratio: string | undefined;
}

/** The figures of two models, row by row. */
export function rows(left: ModelCosts, right: ModelCosts): Row[] {
  const of = (name: string, read: (costs: ModelCosts) => Figure, write: (value: Figure) => string): Row => {
    const [a, b] = [read(left), read(right)];
    return { name, left: write(a), right: write(b), ratio: a && b ? ratio(b / a) : undefined };
  };
  const contexts = [...new Set([left, right].flatMap(({ kv_cache }) => Object.keys(kv_cache?.at ?? {})))]
    .map(Number)
    .sort((a, b) => a - b);
  return [
    of("parameters", ({ parameters }) => parameters?.total, count),
    of("active parameters", ({ parameters }) => parameters?.active, count),
    of("layers", ({ layers }) => layers?.total, (value) => (value == null ? "–" : String(value))),
    of("KV cache per token", ({ kv_cache }) => kv_cache?.bytes_per_token, bytes),
    ...contexts.map((tokens) => of(`cache at ${context(tokens)}`, ({ kv_cache }) => kv_cache?.at?.[String(tokens)], bytes)),
    ...([left, right].some(({ state }) => !!state?.bytes)
      ? [of("state per sequence", ({ state }) => state?.bytes, bytes)]
      : []),
    of("weights", ({ weights }) => weights?.bytes, bytes),
    of("work per token", ({ flops: work }) => work?.per_token, flops),
  ];
}

function ratio(value: number): string {
  if (Math.abs(value - 1) < 0.0005) return "=";
  return value >= 10 ? `× ${value.toFixed(0)}` : `× ${value.toFixed(2)}`;
}
