// Questions to the engine and its answers, over a WebSocket of the server that the page came from or to a worker.

const SLOW = 1000, PATIENCE = 60_000; // milliseconds

/** The code of what was not answered because the engine was ended. */
export const ENDED = "G761";

/** What carries messages; what is sent with `stop` and no run begins the engine anew.
 * @typedef {{send: (message: any) => void}} Transport
 * @typedef {{heard: (message: any) => void, state: (open: boolean, why?: string) => void}} Ears */

/** @param {Ears} ears @returns {Transport} */
function socket({ heard, state }) {
  const token = new URLSearchParams(location.search).get("token") || "";
  const address = new URL("engine", location.href);
  address.protocol = location.protocol === "https:" ? "wss:" : "ws:";
  address.search = "?token=" + encodeURIComponent(token);
  const waiting = [], link = new WebSocket(address);
  link.addEventListener("open", () => { state(true); for (const each of waiting.splice(0)) link.send(each); });
  link.addEventListener("message", (event) => heard(JSON.parse(event.data)));
  link.addEventListener("close", () => state(false));
  return { send: (message) => {
    const text = JSON.stringify(message);
    if (link.readyState === WebSocket.CONNECTING) waiting.push(text);
    else if (link.readyState === WebSocket.OPEN) link.send(text);
  } };
}

/** A worker can't be asked to end what it does: it is ended, and another one is begun with the same data files.
 * @param {string} script @param {Ears} ears @returns {Transport} */
function worker(script, { heard, state }) {
  const files = new Map(), open = new Map(); // data files that were taken, and what is not answered yet
  let begun = false, last = performance.now(), running = begin();

  function begin() {
    const made = new Worker(script);
    begun = false;
    made.addEventListener("message", (event) => { if (made === running) listen(JSON.parse(event.data)); });
    made.addEventListener("error", (event) => { if (made === running) gone(event.message); });
    for (const [name, file] of files) made.postMessage(JSON.stringify({ ...file, id: "again " + name }));
    return made;
  }

  function listen(said) {
    last = performance.now();
    if (said.event === "begun") { begun = true; state(true); return; }
    if (said.event === "failed" && said.id === null) { gone(said.why); return; }
    const asked = open.get(said.id);
    if (said.done) {
      open.delete(said.id);
      if (asked?.do === "file" && !said.failed) files.set(asked.name, asked);
      if (asked?.do === "forget" && !said.failed) files.delete(asked.name);
    } else if (asked) asked.paused = said.event === "paused";
    heard(said);
  }

  function gone(why) {
    running.terminate();
    refuse(why || "it could not be started");
    state(false, why);
  }

  function refuse(why) {
    const unanswered = [...open.keys()];
    open.clear();
    for (const id of unanswered) heard({ id, done: true, failed: { code: ENDED, message: "the engine was ended: " + why } });
  }

  function restart(why) {
    running.terminate();
    refuse(why);
    heard({ id: null, event: "restarted", why });
    running = begin();
  }

  setInterval(() => {
    const waits = begun && [...open.values()].some((each) => !each.paused);
    if (waits && performance.now() - last > PATIENCE) restart(`it said nothing for ${PATIENCE / 1000} seconds`);
  }, SLOW);
  return { send: (message) => {
    if (message.do === "stop" && message.run === undefined) {
      restart("the page asked for it");
      heard({ id: message.id, done: true });
      return;
    }
    if (!open.size) last = performance.now();
    open.set(message.id, { ...message });
    running.postMessage(JSON.stringify(message));
  } };
}

/** A refusal of the engine, in its words. */
export class Refused extends Error {
  /** @param {{message: string, code?: string, diagnostics?: any[]}} failed */
  constructor(failed) {
    super(failed.message);
    this.code = failed.code;
    this.diagnostics = failed.diagnostics || [];
  }
}

/** What is asked and not answered yet, by id. `slow`: whether a question has waited for long; trainings do not count.
 * @param {{state: (open: boolean, why?: string) => void, restarted: (why: string) => void, slow: (is: boolean) => void}} told */
export function engine(told) {
  const asked = new Map(), script = document.documentElement.dataset.engine;
  let last = 0;
  const ears = { heard, state(open, why) {
    if (!open) for (const [id, each] of asked) { asked.delete(id); each.reject(new Refused({ message: why || "the engine has gone" })); }
    told.state(open, why);
    watch();
  } };
  const link = script ? worker(script, ears) : socket(ears);

  function heard(message) {
    const each = asked.get(message.id);
    if (message.event === "restarted") { told.restarted(message.why || ""); return; }
    if (!each) return;
    if (!message.done) { each.event?.(message); return; }
    asked.delete(message.id);
    watch();
    if (message.failed) each.reject(new Refused(message.failed));
    else each.resolve(message);
  }

  function watch() {
    const now = performance.now();
    told.slow([...asked.values()].some((each) => each.verb !== "train" && now - each.at >= SLOW));
  }

  /** The last answer to a question; null where a later one came before it.
   * @param {string} verb @param {object} facts @param {(message: any) => void} [event]
   * @returns {Promise<any> & {id: number}} */
  function ask(verb, facts = {}, event) {
    const id = ++last;
    const answer = new Promise((resolve, reject) => asked.set(id, { resolve, reject, event, verb, at: performance.now() })).then((each) => (each.superseded ? null : each));
    setTimeout(watch, SLOW + 1);
    link.send({ id, do: verb, ...facts });
    return Object.assign(answer, { id });
  }
  return { ask, worker: Boolean(script) };
}
