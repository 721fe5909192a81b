"""Faults of running and training, G5xx: values that are not numbers any more, and run folders."""

from ..grammar.diagnostic import Fault

# --- values -----------------------------------------------------------------------------------------------------

NOT_FINITE = Fault(
    "G501",
    "error",
    "training stopped at step {step}: {node} became {value}{row}",
    cause="The loss or an update is not a finite number any more, and everything after it would be lost too. The node "
    "named is the first from which that came. The weights are kept as they were at the last report.",
    example="param w = 1\nloss = exp(w * w)\ntrain { minimize = loss ; optimizer = sgd(lr = 100) ; steps = 20 }\n",
    fix="Lower the learning rate, clip the gradient (`clip_norm = 1`), or use the careful form of the operation.",
)
UNKNOWN_INPUT = Fault(
    "G503",
    "error",
    "there is no input `{name}`",
    cause="A value is fed under a name that the spec does not declare as an input.",
    example="input x = 1\noutput y = 2 * x\n",
    fix="Feed one of the inputs that the hint names.",
)
NOT_NUMBERS = Fault(
    "G505",
    "error",
    "`{name}` is no number and no array of numbers: {reason}",
    cause="Inputs, parameters and arriving gradients are real numbers: a number, lists of equal lengths, or an array "
    "of any library that NumPy can read. Texts, dates and complex numbers are not turned into numbers.",
    example="dim N\ninput x: [N, 2]\noutput y = 2 * x\n",
    fix="Convert it first: `float(text)`, `tensor.detach()`, `list(values)`; number classes from 0 in place of texts.",
)
MASKED = Fault(
    "G506",
    "error",
    "`{name}` has masked elements: {count}",
    cause="What is masked has no value, and there is no rule that could fill it.",
    example="dim N\ninput x: [N, 2]\noutput y = 2 * x\n",
    fix="Fill the elements in, `array.filled(0)`, or leave out their rows.",
)
UNKNOWN_PARAMETER = Fault(
    "G507",
    "error",
    "there is no parameter `{name}`",
    cause="A value is given under a name that the spec does not declare as a parameter.",
    example="input x = 1\nparam w = 2\noutput y = w * x\n",
    fix="Give the parameters that the hint names, all of them.",
)
ROWS_TOGETHER = Fault(
    "G509",
    "warning",
    "all {rows} rows were taken at once: a row of `{name}` hangs on the rows beside it",
    cause="Something on the way to the output goes over the rows, or counts them. What is predicted for a row is "
    "another number among other rows, or alone.",
    example="dim N\ninput x: [N, 2]\noutput y = x - mean(x, axis = 0)\n",
    fix="Let a state keep what training saw of the rows: `in_training(m, seen)` takes the batch's own mean in steps, "
    "and the one that was kept in predictions.",
)
NOT_BY_NAME = Fault(
    "G508",
    "error",
    "values are given by name, and this is {what}",
    cause="An array alone does not say which input it is for.",
    example="dim N\ninput x: [N, 2]\noutput y = 2 * x\n",
    fix="Write the name of the input before it, `program.run(x=array)`, or give a mapping, `{'x': array}`.",
)
TOO_MANY_PARAMETERS = Fault(
    "G504",
    "error",
    "with `{path}` the parameters take {total} bytes; the limit is {limit}",
    cause="All parameters together would take more memory than is allowed, and nothing has been allocated yet.",
    example="dim N\ninput x: [N]\nparam W: [N, 1000000000] = zeros()\noutput y = x @ W\n",
    fix="Make the sizes smaller, or raise the limit (`CHAINRULE_LIMITS=parameter_bytes=...`).",
)

# --- run folders ------------------------------------------------------------------------------------------------

CANNOT_WRITE = Fault(
    "G520",
    "error",
    "cannot write `{path}`: {reason}",
    cause="The disk is full, the folder may not be written to, or a part of its path is no folder. What was there "
    "before is whole.",
    example="param w = 1\nloss = w * w\ntrain { minimize = loss ; optimizer = sgd(lr = 0.1) ; steps = 9 }\n",
    fix="Make room, or choose another folder with `--run`.",
)
CANNOT_READ = Fault(
    "G521",
    "error",
    "cannot read `{path}`: {reason}",
    cause="The file or the folder is not there, or may not be read.",
    example="param w = 1\nloss = w * w\ntrain { minimize = loss ; optimizer = sgd(lr = 0.1) ; steps = 9 }\n",
    fix="Give the folder of a run, or a model file (`model.safetensors`).",
)
DAMAGED = Fault(
    "G522",
    "error",
    "`{path}` is damaged: {reason}",
    cause="The file is cut short, or its bytes are not those that were written: its checksum or its form is wrong.",
    example="param w = 1\nloss = w * w\ntrain { minimize = loss ; optimizer = sgd(lr = 0.1) ; steps = 9 }\n",
    fix="Restore it from a copy, or go on from the checkpoint that the hint names.",
)
RUN_EXISTS = Fault(
    "G523",
    "error",
    "`{path}` already holds a run",
    cause="A new run never overwrites an older one.",
    example="param w = 1\nloss = w * w\ntrain { minimize = loss ; optimizer = sgd(lr = 0.1) ; steps = 9 }\n",
    fix="Choose another folder, or go on with that run (`--resume`).",
)
RUN_IN_USE = Fault(
    "G524",
    "error",
    "`{path}` is in use by process {process}",
    cause="Another process is writing to the run folder at this moment.",
    example="param w = 1\nloss = w * w\ntrain { minimize = loss ; optimizer = sgd(lr = 0.1) ; steps = 9 }\n",
    fix="Wait for it, stop it, or choose another folder.",
)
CHANGED = Fault(
    "G525",
    "error",
    "`{path}` was begun with other {what}",
    cause="A run goes on to the same bits only with the spec, the settings and the data that it was begun with.",
    example="param w = 1\nloss = w * w\ntrain { minimize = loss ; optimizer = sgd(lr = 0.1) ; steps = 9 }\n",
    fix="Bring back what it was begun with, begin a new run, or go on regardless (`--force`). More epochs alone are "
    "welcome, but under a schedule whose rates hang on how long the training is.",
)
OTHER_FORMAT = Fault(
    "G526",
    "error",
    "`{path}` is not a file that this version of chainrule reads: {reason}",
    cause="The file was written by another program, or by a newer version.",
    example="param w = 1\nloss = w * w\ntrain { minimize = loss ; optimizer = sgd(lr = 0.1) ; steps = 9 }\n",
    fix="Give a model or a checkpoint that `chainrule train` wrote, or use the version that wrote it.",
)

OCCUPIED = Fault(
    "G553",
    "error",
    "`{path}` holds {names}, which a run would write over",
    cause="A run keeps its files in a folder of its own, and takes nothing that others have put there.",
    example="param w = 1\nloss = w * w\ntrain { minimize = loss ; optimizer = sgd(lr = 0.1) ; steps = 9 }\n",
    fix="Choose another folder, move those files away, or give `--force` if they may be lost.",
)
NO_LOCK = Fault(
    "G554",
    "error",
    "`{path}` is not the lock of a run: {reason}",
    cause="The file of this name says which process writes into a run folder. What is there now was not written by "
    "chainrule, and is not written over.",
    example="param w = 1\nloss = w * w\ntrain { minimize = loss ; optimizer = sgd(lr = 0.1) ; steps = 9 }\n",
    fix="Choose another folder, move the file away, or give `--force` if it may be lost.",
)
NO_JAX = Fault(
    "G549",
    "error",
    "`backend = jax` needs jax, which is not installed",
    cause="Steps on JAX are compiled by that library, which is large and comes with an extra. All else needs it not.",
    example="param w = 1\nloss = w * w\n"
    "train { minimize = loss ; optimizer = sgd(lr = 0.1) ; steps = 9 ; backend = jax }\n",
    fix="pip install 'chainrule[jax]', or leave `backend` out: numpy's steps need nothing.",
)
HALF_ON_NUMPY = Fault(
    "G566",
    "error",
    "`precision = bfloat16` is not to be had of numpy",
    cause="Numpy has no numbers of 16 bits with the range of float32. JAX has them: what products of matrices and "
    "convolutions multiply is then rounded to bfloat16; params, sums and all else are float32.",
    example="param w = 1\nloss = w * w\n"
    "train { minimize = loss ; optimizer = sgd(lr = 0.1) ; steps = 9 ; precision = bfloat16 }\n",
    fix="Write `backend = jax` in `train` (or give `--backend jax`), or `precision = float32`.",
)
OTHER_BITS = Fault(
    "G527",
    "warning",
    "`{path}` goes on, but not to the same bits as without the interruption: {what}",
    cause="Matrix products round differently with other versions of NumPy, other BLAS kernels or another number of "
    "threads. The run's own number of threads is taken back; versions and processors are not in its hands.",
    example="param w = 1\nloss = w * w\ntrain { minimize = loss ; optimizer = sgd(lr = 0.1) ; steps = 9 }\n",
    fix="Nothing, if results within rounding are good enough; else go on on the machine, and with the versions, that "
    "run.json names.",
)

FAULTS = (
    NOT_FINITE,
    UNKNOWN_INPUT,
    NOT_NUMBERS,
    MASKED,
    UNKNOWN_PARAMETER,
    ROWS_TOGETHER,
    NOT_BY_NAME,
    TOO_MANY_PARAMETERS,
    CANNOT_WRITE,
    CANNOT_READ,
    DAMAGED,
    RUN_EXISTS,
    RUN_IN_USE,
    CHANGED,
    OTHER_FORMAT,
    OCCUPIED,
    NO_LOCK,
    OTHER_BITS,
    NO_JAX,
    HALF_ON_NUMPY,
)
