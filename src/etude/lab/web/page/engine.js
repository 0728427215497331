// The exported model, stepped with onnxruntime-web: what etude.engine.exported is on the command line.

import * as ort from "./runtime/ort.wasm.min.mjs";
import { Hearing } from "./hearing.js";

const BASE = 10_000; // of the rotary positions
const FARTHEST = 512; // distances from here on share one relative bias
const SLACK = 256; // slots beyond the reach, so that old steps are dropped seldom
const GROWTH = 128; // slots a cache grows by: what is not there need not be copied

ort.env.wasm.numThreads = 1; // more need headers that a plain server does not send
ort.env.wasm.wasmPaths = new URL("./runtime/", import.meta.url).href;
ort.env.logLevel = "error";

const settings = { executionProviders: ["wasm"], graphOptimizationLevel: "all", logSeverityLevel: 3 };
const floats = (values, shape) => new ort.Tensor("float32", values, shape);

/** The model of `bytes` (Uint8Array), described by model.json. */
export async function load(bytes, model) {
  const body = await ort.InferenceSession.create(bytes, settings);
  const heads = [];
  for (const [at, length] of model.heads) {
    heads.push(await ort.InferenceSession.create(bytes.slice(at, at + length), settings));
  }
  return new Engine(body, heads, model);
}

class Engine {
  constructor(body, heads, model) {
    Object.assign(this, { body, heads, model, sizes: model.sizes });
    this.shapes = new Map(body.inputMetadata.map((one) => [one.name, one.shape]));
    this.caches = [...this.shapes].filter(([name]) => /^(keys|values)\./.test(name));
    this.recurrent = [...this.shapes].filter(([name]) => name.startsWith("state."));
  }

  /** The state before anything was heard. */
  start() {
    const state = { hearing: new Hearing(this.model), used: 0, dropped: 0, slots: 0, caches: {}, recurrent: {}, heard: false };
    for (const [name, [, width]] of this.recurrent) state.recurrent[name] = floats(new Float32Array(width), [1, width]);
    this.resize(state, Math.min(GROWTH, this.most), 0, 0);
    return state;
  }

  get most() {
    return this.model.reach + Math.min(SLACK, this.model.reach);
  }

  /** Gives the caches `slots` slots; the `kept` steps from step `from` on stay. */
  resize(state, slots, from, kept) {
    for (const [name, [, heads, , size]] of this.caches) {
      const values = new Float32Array(heads * slots * size);
      const old = state.caches[name]?.data;
      for (let head = 0; old && head < heads; head += 1) {
        const start = (head * state.slots + from) * size;
        values.set(old.subarray(start, start + kept * size), head * slots * size);
      }
      state.caches[name] = floats(values, [1, heads, slots, size]);
    }
    state.slots = slots;
    this.turn(state);
  }

  /** The rotary tables of the slots; the first stands for the first step that was not dropped. */
  turn(state) {
    const half = this.shapes.get("cosine")?.[1];
    if (!half) return;
    const angle = (at) => (state.dropped + Math.floor(at / half)) * BASE ** -((at % half) / half);
    const table = (turn) => floats(Float32Array.from({ length: state.slots * half }, (_, at) => turn(angle(at))), [state.slots, half]);
    state.turning = { cosine: table(Math.cos), sine: table(Math.sin) };
  }

  makeRoom(state) {
    if (state.used < state.slots) return;
    if (state.slots < this.most) {
      this.resize(state, Math.min(state.slots + GROWTH, this.most), 0, state.used);
      return;
    }
    const kept = this.model.reach - 1;
    const from = state.used - kept;
    state.dropped += from;
    state.used = kept;
    this.resize(state, state.slots, from, kept);
  }

  /** Hears one step. */
  async feed(state, step) {
    const rows = BigInt64Array.from(state.hearing.rows(step), BigInt);
    const lead = this.caches.length && !this.recurrent.length ? [1, 1] : [1];
    const feeds = { rows: new ort.Tensor("int64", rows, [...lead, ...(rows.length > 1 ? [rows.length] : [])]), ...state.recurrent };
    if (this.caches.length) Object.assign(feeds, this.attended(state));
    const found = await this.body.run(feeds);
    for (const [name] of this.caches) state.caches[name] = found[name.replace(".", "_next.")];
    for (const [name] of this.recurrent) state.recurrent[name] = found[name.replace("state", "next")];
    Object.assign(state, { heard: true, found, chain: [] });
  }

  /** The inputs of attention, one more step counted. */
  attended(state) {
    this.makeRoom(state);
    state.used += 1;
    const seen = new ort.Tensor("int32", Int32Array.of(state.used - 1), [1]);
    const total = new ort.Tensor("int32", Int32Array.of(state.used), []);
    const feeds = { ...state.caches, ...(state.turning ?? {}), seen, total };
    if (this.shapes.has("distance")) {
      const farthest = Math.min(this.model.reach, FARTHEST) - 1;
      const away = BigInt64Array.from({ length: state.used }, (_, at) => BigInt(Math.min(state.used - 1 - at, farthest)));
      feeds.distance = new ort.Tensor("int64", away, [1, state.used]);
    }
    return feeds;
  }

  /** Scores of field `chosen.length` of the next step, given its earlier fields. */
  async logits(state, chosen) {
    const field = chosen.length;
    const direct = state.found[`logits.${field}`];
    if (direct) return direct.data;
    const z = field === 1 ? state.found.hidden.data : state.chain[field - 1].z_next.data;
    const value = new ort.Tensor("int64", BigInt64Array.of(BigInt(chosen[field - 1])), [1]);
    state.chain[field] = await this.heads[field - 1].run({ z: floats(z, [1, z.length]), value });
    return state.chain[field].logits.data;
  }
}
