"""Sources of functions of single numbers, as exported files of C have them."""

MAXIMUM = """
/* The larger one; of equal ones the second. */
static inline real maximum(real a, real b)
{
    return a > b || a != a ? a : b;
}
"""
MINIMUM = """
/* The smaller one; of equal ones the second. */
static inline real minimum(real a, real b)
{
    return a < b || a != a ? a : b;
}
"""
SIGMOID = """
/* 1 / (1 + exp(-x)), exact in both tails. */
static inline real sigmoid(real x)
{
    const real tail = exp(-fabs(x));
    return x >= 0.0 ? 1.0 / (1.0 + tail) : tail / (1.0 + tail);
}
"""
SIGMOID_SLOPE = """
/* The derivative of the sigmoid at x. */
static inline real sigmoid_slope(real x)
{
    const real tail = exp(-fabs(x));
    return tail / ((1.0 + tail) * (1.0 + tail));
}
"""
TANH_SLOPE = """
/* The derivative of tanh at x, exact in both tails. */
static inline real tanh_slope(real x)
{
    const real tail = exp(-2.0 * fabs(x));
    return 4.0 * tail / ((1.0 + tail) * (1.0 + tail));
}
"""
SOFTPLUS = """
/* log(1 + exp(x)), which does not overflow. */
static inline real softplus(real x)
{
    return (x > 0.0 ? x : x != x ? x : 0.0) + log1p(exp(-fabs(x)));
}
"""
SIGN = """
/* 1, 0 or -1; NaN stays. */
static inline real sign_of(real x)
{
    return x > 0.0 ? 1.0 : x < 0.0 ? -1.0 : x + 0.0;
}
"""
FLOOR = """
/* Rounded down: the largest number for what is too large, the smallest for NaN and for what is too small. */
static inline int64_t whole_below(real x)
{
    const real below = floor(x);
    if (below >= -9223372036854775808.0 && below < 9223372036854775808.0)
        return (int64_t)below;
    return below > 0.0 ? INT64_MAX : INT64_MIN;
}
"""
POWER_SLOPE = """
/* The derivative of a ** b by a, taken so many times; where the power is out of range, in halves. */
static inline real power_slope(real a, real b, int order)
{
    real factor = b;
    for (int less = 1; less < order; less++)
        factor *= b - (real)less;
    const real whole = pow(a, b - (real)order);
    if (factor == 0.0)
        return 0.0;
    if (a == 0.0 || !isfinite(a) || !isfinite(b) || !(isinf(whole) || whole == 0.0))
        return factor * whole;
    const real half = pow(fabs(a), (b - (real)order) / 2.0);
    return factor * half * copysign(half, whole);
}
"""
POWER_LOG = """
/* The derivative of a ** b by b, taken so many times. */
static inline real power_log(real a, real b, int order)
{
    return a == 0.0 && b > 0.0 ? 0.0 : pow(a, b) * pow(log(a), (real)order);
}
"""
SIGMOID_LOSS = """
/* The binary cross-entropy of a score: softplus(score) - t * score, exact at any score. */
static inline real sigmoid_loss(real score, real t)
{
    const real factor = score > 0.0 ? 1.0 - t : -t;
    return (factor == 0.0 ? 0.0 : factor * score) + log1p(exp(-fabs(score)));
}
"""
SIGMOID_ERROR = """
/* sigmoid(score) - t, exact where t is 0 or 1. */
static inline real sigmoid_error(real score, real t)
{
    const real tail = exp(-fabs(score)), near = 1.0 / (1.0 + tail), far = tail / (1.0 + tail);
    return score > 0.0 ? (1.0 - t) * near - t * far : (1.0 - t) * far - t * near;
}
"""
CLIP_FACTOR = """
/* What shortens gradients of that norm to the limit; NaN where the norm is infinite. */
static inline real clip_factor(real norm, real limit)
{
    return isinf(norm) ? NAN : limit / norm > 1.0 ? 1.0 : limit / norm;
}
"""
GATHERED = """
/* 1 - decay ** step, by the logarithm of the decay: the weight that a running mean has gathered by then. */
static inline real gathered(real step, double log_decay)
{
    return (real)-double_expm1((double)step * log_decay);
}
"""
