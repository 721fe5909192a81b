// Numbers, written as chainrule writes them.

/** A number in at most six digits.
 * @param {number} number */
export function short(number) {
  if (Number.isNaN(number)) return "nan";
  if (!Number.isFinite(number)) return number > 0 ? "inf" : "-inf";
  if (Object.is(number, -0)) return "-0";
  const [mantissa, power] = number.toExponential(5).split("e"), exponent = Number(power);
  if (number === 0 || (exponent >= -4 && exponent < 6)) return String(Number(number.toPrecision(6)));
  if (Number.isInteger(number) && Math.abs(number) < 1e9) return String(number);
  return String(Number(mantissa)) + "e" + exponent;
}
export const bracketed = (text) => (text.startsWith("-") ? "(" + text + ")" : text);

// A formula with numbers in it: "@0@" is the first operand. A minus gets brackets behind a sign or before a power.
export function filled(template, numbers) {
  return template.replace(/@(\d+)@/g, (found, slot, at) => {
    const text = numbers[slot];
    const before = template.slice(0, at).trimEnd();
    const needed = (before && !/[(,]$/.test(before)) || template[at + found.length] === "^";
    return text.startsWith("-") && needed ? "(" + text + ")" : text;
  });
}
