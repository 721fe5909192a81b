// How a picture is looked at: moved and enlarged by wheel, fingers, mouse, keys and buttons.

const LARGEST = 6, ENLARGED = 2.2, LEGIBLE = 0.75, COMFORTABLE = 1.2;

// How large stages are, as their observers last saw them: asked of a page that has changed, it would be laid out at once.
const rooms = new WeakMap();

/** @param {HTMLElement} stage what the picture fills
 * @param {SVGSVGElement} svg
 * @param {AbortSignal} [signal] ends it */
export function camera(stage, svg, signal) {
  const view = { x: 0, y: 0, scale: 1 }, size = { width: 1, height: 1 };
  let chosen = false;
  const measured = () => ({ width: Math.max(1, stage.clientWidth), height: Math.max(1, stage.clientHeight) });
  const room = () => rooms.get(stage) || rooms.set(stage, measured()).get(stage);

  function apply() {
    const { width, height } = room();
    svg.setAttribute("viewBox", `${view.x} ${view.y} ${width / view.scale} ${height / view.scale}`);
  }

  /** Shows all of it, enlarged where there is room; what would be too small to read is shown from its beginning, as high
   * as there is room. */
  function fit(whole = true) {
    const { width, height } = room();
    const most = Math.min(width / size.width, height / size.height, ENLARGED), high = Math.min(height / size.height, COMFORTABLE);
    view.scale = whole || most >= LEGIBLE ? most : Math.max(high, LEGIBLE);
    view.x = size.width * view.scale > width + 1 ? 0 : (size.width - width / view.scale) / 2;
    view.y = (size.height - height / view.scale) / 2;
    apply();
  }

  /** @param {number} factor @param {{x: number, y: number}} [at] a point of the stage that stays where it is */
  function zoom(factor, at) {
    const { width, height } = room(), point = at || { x: width / 2, y: height / 2 };
    const scale = Math.min(LARGEST, Math.max(0.02, view.scale * factor));
    view.x += point.x / view.scale - point.x / scale;
    view.y += point.y / view.scale - point.y / scale;
    view.scale = scale;
    chosen = true;
    apply();
  }

  function pan(x, y) {
    view.x -= x / view.scale;
    view.y -= y / view.scale;
    chosen = true;
    apply();
  }

  /** Moves no more than is needed to see an element. @param {Element} element */
  function reveal(element) {
    const place = element.getBoundingClientRect(), around = stage.getBoundingClientRect();
    if (!place.width && !place.height) return;
    const by = (low, high, least, most) => (low < least || high - low > most - least ? least - low : high > most ? most - high : 0);
    const x = by(place.left, place.right, around.left + 24, around.right - 24);
    const y = by(place.top, place.bottom, around.top + 24, around.bottom - 24);
    if (x || y) { const was = chosen; pan(x, y); chosen = was; }
  }

  const inside = (event) => {
    const around = stage.getBoundingClientRect();
    return { x: event.clientX - around.left, y: event.clientY - around.top };
  };
  const fingers = new Map();
  let moved = 0;
  stage.addEventListener("wheel", (event) => {
    event.preventDefault();
    if (event.ctrlKey || !event.shiftKey) zoom(Math.exp(-event.deltaY * (event.ctrlKey ? 0.01 : 0.0015)), inside(event));
    else pan(-event.deltaX || -event.deltaY, 0);
  }, { signal, passive: false });
  stage.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || /** @type {Element} */ (event.target).closest("button, select, label")) return;
    fingers.set(event.pointerId, inside(event));
    moved = 0;
  }, { signal });
  stage.addEventListener("pointermove", (event) => {
    const before = fingers.get(event.pointerId);
    if (!before) return;
    const now = inside(event), others = [...fingers].filter(([id]) => id !== event.pointerId).map(([, at]) => at);
    moved += Math.hypot(now.x - before.x, now.y - before.y);
    if (others.length) {
      const [other] = others, length = (at) => Math.max(1, Math.hypot(at.x - other.x, at.y - other.y));
      zoom(length(now) / length(before), { x: (now.x + other.x) / 2, y: (now.y + other.y) / 2 });
    } else if (moved > 4) {
      if (!stage.hasPointerCapture(event.pointerId)) stage.setPointerCapture(event.pointerId);
      stage.classList.add("moving");
      pan(now.x - before.x, now.y - before.y);
    }
    fingers.set(event.pointerId, now);
  }, { signal });
  for (const end of ["pointerup", "pointercancel"]) {
    stage.addEventListener(end, (event) => {
      fingers.delete(/** @type {PointerEvent} */ (event).pointerId);
      stage.classList.remove("moving");
    }, { signal });
  }
  // What was a drag is no click on what it ended on.
  stage.addEventListener("click", (event) => { if (moved > 4) { event.stopPropagation(); moved = 0; } }, { signal, capture: true });
  stage.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const far = 60;
    const act = {
      "+": () => zoom(1.25), "=": () => zoom(1.25), "-": () => zoom(0.8), 0: () => { chosen = false; fit(); },
    }[event.key] || (event.shiftKey && { ArrowLeft: () => pan(far, 0), ArrowRight: () => pan(-far, 0),
      ArrowUp: () => pan(0, far), ArrowDown: () => pan(0, -far) }[event.key]);
    if (!act) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  }, { signal });
  stage.addEventListener("focusin", (event) => { if (event.target !== stage) reveal(/** @type {Element} */ (event.target)); }, { signal });
  const watch = new ResizeObserver(() => {
    const was = room(), now = measured();
    if (was.width === now.width && was.height === now.height) return; // as at its beginning
    rooms.set(stage, now);
    if (chosen) apply(); else fit(false);
  });
  watch.observe(stage);
  signal?.addEventListener("abort", () => watch.disconnect());
  window.addEventListener("beforeprint", () => svg.setAttribute("viewBox", `0 0 ${size.width} ${size.height}`), { signal });
  window.addEventListener("afterprint", apply, { signal });

  return {
    view, fit, zoom, pan, reveal,
    /** The picture has become as large as this. */
    sized(width, height) {
      size.width = width;
      size.height = height;
      if (chosen) apply(); else fit(false);
    },
    /** @param {{x: number, y: number, scale: number} | null} kept */
    restore(kept) { if (kept) { Object.assign(view, kept); chosen = true; apply(); } },
    get chosen() { return chosen; },
    refit() { chosen = false; fit(); },
  };
}
