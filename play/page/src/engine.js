// Questions to the engine and its answers, over a WebSocket of the server that the page came from or to a worker.

/** @typedef {{send: (message: object) => void}} Transport */

/** @param {(message: any) => void} heard @param {(open: boolean) => void} state @returns {Transport} */
function socket(heard, state) {
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

/** @param {string} script @param {(message: any) => void} heard @param {(open: boolean) => void} state @returns {Transport} */
function worker(script, heard, state) {
  const running = new Worker(script);
  running.addEventListener("message", (event) => heard(typeof event.data === "string" ? JSON.parse(event.data) : event.data));
  running.addEventListener("error", () => state(false));
  state(true);
  return { send: (message) => running.postMessage(message) };
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

/** What is asked and not answered yet, by id.
 * @param {{state: (open: boolean) => void, restarted: (why: string) => void}} told */
export function engine(told) {
  const asked = new Map();
  let last = 0;
  const script = document.documentElement.dataset.engine;
  const link = script ? worker(script, heard, told.state) : socket(heard, (open) => {
    if (!open) for (const [id, each] of asked) { asked.delete(id); each.reject(new Refused({ message: "the engine has gone" })); }
    told.state(open);
  });

  function heard(message) {
    const each = asked.get(message.id);
    if (message.event === "restarted") return told.restarted(message.why || "");
    if (!each) return;
    if (!message.done) return each.event?.(message);
    asked.delete(message.id);
    if (message.failed) each.reject(new Refused(message.failed));
    else each.resolve(message);
  }

  /** The last answer to a question; null where a later one came before it.
   * @param {string} verb @param {object} facts @param {(message: any) => void} [event]
   * @returns {Promise<any> & {id: number}} */
  function ask(verb, facts = {}, event) {
    const id = ++last;
    const answer = new Promise((resolve, reject) => asked.set(id, { resolve, reject, event })).then((each) => (each.superseded ? null : each));
    link.send({ id, do: verb, ...facts });
    return Object.assign(answer, { id });
  }
  return { ask };
}
