/** A model's figures and how they are written; shared by the extension and its web view. */

/** A figure that may not be derivable. */
export type Figure = number | null | undefined;

/** One model, as `archlint show --format json` prints it. */
export interface ModelCosts {
  readonly file?: string | null;
  readonly name?: string | null;
  readonly model_type?: string | null;
  readonly verified?: Readonly<Record<string, boolean>>;
  readonly parameters?: {
    readonly total?: Figure;
    readonly active?: Figure;
    readonly active_without_input_embedding?: Figure;
    readonly embedding?: Figure;
    readonly mtp?: Figure;
    readonly towers?: Figure;
    readonly by_part?: Readonly<Record<string, Figure>> | null;
  };
  readonly kv_cache?: {
    readonly bytes_per_token?: Figure;
    readonly growing_bytes_per_token?: Figure;
    readonly gallery_bytes_per_token?: Figure;
    readonly at?: Readonly<Record<string, Figure>> | null;
  };
  readonly state?: { readonly bytes?: Figure };
  readonly layers?: {
    readonly total?: Figure;
    readonly mixers?: Readonly<Record<string, number>> | null;
    readonly feed_forwards?: Readonly<Record<string, number>> | null;
    readonly sequence?: readonly LayerCosts[] | null;
  };
  readonly weights?: { readonly bytes?: Figure; readonly dtype?: string | null; readonly estimate?: boolean };
  /** `context`: at how many tokens the work is counted. */
  readonly flops?: { readonly per_token?: Figure; readonly per_prefill_token?: Figure; readonly context?: number };
  readonly derivations?: Readonly<Record<string, string>> | null;
  /** Why a figure is not derived, or not verified. */
  readonly absent?: Readonly<Record<string, string>> | null;
  readonly unverified?: Readonly<Record<string, string>> | null;
  /** The context that the config declares, tokens. */
  readonly context?: Figure;
}

/** One layer, in order: its mixer, its feed-forward and its own share of the figures. */
export interface LayerCosts {
  readonly mixer: string;
  readonly feed_forward: string;
  readonly parameters?: Figure;
  readonly kv_bytes_per_token?: Figure;
}

const names: Readonly<Record<string, string>> = {
  "parameters.total": "parameters",
  "parameters.active": "active parameters",
  "parameters.active_without_input_embedding": "active parameters, without the input embedding",
  "parameters.embedding": "parameters of the embedding",
  "parameters.mtp": "parameters of the MTP layers",
  "parameters.towers": "parameters of the towers",
  "kv_cache.bytes_per_token": "KV cache per token",
  "kv_cache.growing_bytes_per_token": "KV cache per token, beyond the windows",
  "kv_cache.gallery_bytes_per_token": "KV cache per token, as galleries count it",
  "state.bytes": "state per sequence",
  "weights.bytes": "weights",
  "flops.per_token": "work per token",
  "flops.per_prefill_token": "work per token of a prompt",
};

/** What a figure is called: `KV cache per token` for `kv_cache.bytes_per_token`. */
export function figureName(figure: string): string {
  return names[figure] ?? figure.replaceAll("_", " ").replaceAll(".", ", ");
}

/** The derivations worth showing: a sum of nothing is none, and what says the same as the one before is no other. */
export function derivations(costs: ModelCosts): [string, string][] {
  const shown = new Set<string>();
  return Object.entries(costs.derivations ?? {}).filter(([, arithmetic]) => {
    if (/^0 = 0\b/.test(arithmetic) || shown.has(arithmetic)) return false;
    shown.add(arithmetic);
    return true;
  });
}

/** An arithmetic with a line for each term of its sum, and one for the result. */
export function arithmeticLines(arithmetic: string): string {
  let depth = 0;
  let out = "";
  for (let index = 0; index < arithmetic.length; index += 1) {
    const sign = arithmetic.charAt(index);
    if (sign === "(") depth += 1;
    if (sign === ")") depth -= 1;
    const breaks = depth === 0 && sign === " " && /^ [+=−] /.test(arithmetic.slice(index, index + 3));
    out += breaks ? "\n" : sign;
  }
  return out;
}

/** `128 KiB`, `217.5 KiB`, `1.5 GiB`; binary units, at most one decimal. */
export function bytes(value: Figure): string {
  return scaled(value, 1024, ["B", "KiB", "MiB", "GiB", "TiB", "PiB"]);
}

/** `8.03B`, `671B`; three significant digits. */
export function count(value: Figure): string {
  if (value === null || value === undefined) return "–";
  let scale = 0;
  let rest = value;
  while (rest >= 999.5 && scale < 4) {
    rest /= 1000;
    scale += 1;
  }
  return (scale === 0 ? String(value) : trimmed(rest)) + (["", "K", "M", "B", "T"][scale] ?? "");
}

/** `16.1 GFLOP`. */
export function flops(value: Figure): string {
  return scaled(value, 1000, ["FLOP", "kFLOP", "MFLOP", "GFLOP", "TFLOP", "PFLOP"]);
}

/** `5.5%`, from a part and its whole. */
export function share(part: Figure, whole: Figure): string | undefined {
  if (part === null || part === undefined || !whole) return undefined;
  const percent = (100 * part) / whole;
  return percent > 0 && percent < 0.1 ? "< 0.1%" : `${percent.toFixed(1).replace(/\.0$/, "")}%`;
}

/** `8k`, `128k`, `1M`: a context length, in binary thousands where it is one. */
export function context(tokens: number): string {
  if (tokens % 1_048_576 === 0) return `${tokens / 1_048_576}M`;
  if (tokens % 1024 === 0) return `${tokens / 1024}k`;
  return tokens.toLocaleString("en");
}

/** Every digit, grouped: `8,030,261,248`. */
export function exact(value: Figure, unit = ""): string {
  if (value === null || value === undefined) return "not derivable";
  return value.toLocaleString("en") + (unit === "" ? "" : ` ${unit}`);
}

function scaled(value: Figure, step: number, units: readonly string[]): string {
  if (value === null || value === undefined) return "–";
  let scale = 0;
  let rest = value;
  while (rest >= step - 0.05 && scale < units.length - 1) {
    rest /= step;
    scale += 1;
  }
  return `${rest.toFixed(1).replace(/\.0$/, "")} ${units[scale] ?? ""}`;
}

function trimmed(value: number): string {
  return value >= 100 ? value.toFixed(0) : String(Number(value.toPrecision(3)));
}
