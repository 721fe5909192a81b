"""Faults of data, G4xx: files that cannot be read, columns that do not fit.

Over 300 lines: a record for each fault.
"""

from ...grammar.diagnostic import Fault

# --- files ------------------------------------------------------------------------------------------------------

UNREADABLE = Fault(
    "G400",
    "error",
    "cannot read `{path}`: {reason}",
    cause="The file is not there, may not be read, or is no regular file. Paths are relative to the spec's folder.",
    example='input x: [N]\ndim N\ny = 2 * x\ndata points { x = csv("nowhere.csv", "x") }\n',
    fix="Write the path as seen from the folder of the spec, or an absolute one.",
)
EMPTY = Fault(
    "G401",
    "error",
    "`{path}` holds no rows",
    cause="The file is empty, or has a header and nothing under it.",
    example='dim N\ninput x: [N]\ny = 2 * x\ndata points { x = csv("empty.csv", "x") }\n',
    fix="Give a file with at least one row of values.",
)
NO_COLUMN = Fault(
    "G402",
    "error",
    "`{path}` has no column `{name}`",
    cause="No column, key or field of that name is there. A CSV file whose first row holds a number has no header "
    'unless `header = true` says so; its columns are then "1", "2" and so on. With another separator than the one that '
    "is told, all names are one.",
    example='dim N\ninput x: [N]\ny = 2 * x\ndata points { x = line("z") }\n',
    fix="Use one of the names that the hint lists.",
)
REPEATED_COLUMN = Fault(
    "G403",
    "error",
    "the header names the column `{name}` twice",
    cause="Two columns of the file have the name that is asked for, so it is not known which is meant.",
    example='dim N\ninput x: [N]\ny = 2 * x\ndata points { x = csv("x-and-x.csv", "x") }\n',
    fix="Give each column of the file a name of its own, or ask for it by its number, counted from 1.",
)
RAGGED = Fault(
    "G404",
    "error",
    "this row has {count} fields, the first has {width}",
    cause="Every row of a CSV file has as many fields as its first.",
    example='dim N\ninput x: [N]\ny = 2 * x\ndata points { x = csv("ragged.csv", "x") }\n',
    fix='Add or remove fields in that row; a comma inside a field needs quotes: "a, b". A file whose fields are '
    'separated by something else is read with sep = ";"; lines above the header begin with #.',
)
NOT_A_NUMBER = Fault(
    "G405",
    "error",
    "`{value}` stands among numbers in column `{name}`",
    cause="A column holds numbers or texts (the names of classes), never both.",
    example='dim N\ninput x: [N]\ny = 2 * x\ndata points { x = csv("text-among-numbers.csv", "x") }\n',
    fix="Correct the field, or leave out its row.",
)
MISSING = Fault(
    "G406",
    "error",
    "column `{name}` has no value here",
    cause="The field is empty, or holds a text that `missing` names, and the column says nothing of such values.",
    example='dim N\ninput x: [N]\ny = 2 * x\ndata points { x = csv("gap.csv", "x") }\n',
    fix="Fill such values, `fill(csv(...), mean)` (or `median`, a number, a text), or leave out the row.",
)
NOT_FINITE_TEXT = Fault(
    "G407",
    "error",
    "`{value}` in column `{name}` is not a finite number",
    cause="NaN, infinity and numbers beyond the range of float64 would spoil every value computed from them.",
    example='dim N\ninput x: [N]\ny = 2 * x\ndata points { x = csv("nan.csv", "x") }\n',
    fix="Correct the field, or leave out its row.",
)
BAD_QUOTES = Fault(
    "G408",
    "error",
    "this is not CSV: {reason}",
    cause='A quoted field ends with a quote before a comma or the end of the line; a quote inside one is doubled: "".',
    example='dim N\ninput x: [N]\ny = 2 * x\ndata points { x = csv("open-quote.csv", "x") }\n',
    fix="Close the quote, or double the ones inside the field.",
)
NOT_ENCODED = Fault(
    "G409",
    "error",
    "`{path}` is not {encoding}: byte 0x{byte} is out of place",
    cause="Text files are read as UTF-8 unless `encoding` says otherwise; encodings are not guessed.",
    example='dim N\ninput x: [N]\ny = 2 * x\ndata points { x = csv("latin1.csv", "x") }\n',
    fix='Name its encoding, csv("latin1.csv", "x", encoding = "latin-1"), or save the file as UTF-8.',
)
TEXTS_IN_LIST = Fault(
    "G410",
    "error",
    "column `{name}` holds texts, such as `{value}`, and only a column read alone can be class names",
    cause="Several columns make one table of numbers; class names become numbers one column at a time.",
    example='dim N\ninput x: [N, 2]\ny = 2 * x\ndata points { x = csv("iris.csv", ["petal_length", "species"]) }\n',
    fix='Read it as a column of its own: t = csv("...", "species").',
)
UNKNOWN_CLASS = Fault(
    "G411",
    "error",
    "`{value}` is not one of the classes of `{name}`",
    cause="The classes are those of the rows that were trained on, and this row has another.",
    example='dim N\ninput t: int[N]\ny = 2 * t\ndata rows { t = csv("iris-test.csv", "species") }\n',
    fix="Correct the name, leave out the row, or train on rows that have this class too.",
)
WRONG_FORMAT = Fault(
    "G412",
    "error",
    "`{path}` is not {format}: {reason}",
    cause="The first bytes of the file are not those of its format.",
    example='dim N\ninput x: [N]\ny = 2 * x\ndata points { x = npy("letter.txt") }\n',
    fix="Use the reader of the file's own format: csv, npz, npy, idx, images or text.",
    title="the file is of another format",
)
DAMAGED = Fault(
    "G413",
    "error",
    "`{path}` is damaged: {reason}",
    cause="The file is shorter or longer than it says itself, or its checksum does not hold.",
    example='dim N\ninput x: [N]\ny = 2 * x\ndata points { x = idx("half-a-download.gz") }\n',
    fix="Fetch or write the file again.",
)
TOO_LARGE = Fault(
    "G414",
    "error",
    "{what} takes {size}, the limit is {limit}",
    cause="Sizes are checked before memory is taken, so that a wrong file cannot stop the machine.",
    example='dim N\ninput x: [N]\ny = 2 * x\ndata points { x = npy("seven-tebibytes.npy") }\n',
    fix="Set CHAINRULE_DATA_LIMIT to more mebibytes, or use fewer rows.",
    title="the data are too large",
)
EXPANDS = Fault(
    "G415",
    "error",
    "`{path}` says that {stored} of it expand to {size}",
    cause="Honest data is not compressed by a factor of 200 and more; files made to fill the memory are.",
    example='dim N\ninput x: [N]\ny = 2 * x\ndata points { x = npz("bomb.npz", "x") }\n',
    fix="If the data really is so uniform, store it uncompressed (numpy.savez).",
)
NOT_NUMBERS = Fault(
    "G416",
    "error",
    "`{path}` holds {what}, not numbers",
    cause="Arrays hold booleans, integers, reals, or one axis of texts. Pickled objects could run any code and are "
    "never loaded.",
    example='dim N\ninput x: [N]\ny = 2 * x\ndata points { x = npy("objects.npy") }\n',
    fix="Store plain numbers: numpy.save(path, array.astype(float)).",
)
UNSAFE_MEMBER = Fault(
    "G417",
    "error",
    "`{path}` has {what}",
    cause="An archive whose members are named twice, lie outside it or are encrypted was not written by NumPy.",
    example='dim N\ninput x: [N]\ny = 2 * x\ndata points { x = npz("odd.npz", "x") }\n',
    fix="Write the file with numpy.savez.",
    title="the archive is not as NumPy writes one",
)
LONG_LINE = Fault(
    "G418",
    "error",
    "this line is longer than {limit}",
    cause="A line of a CSV file is held in memory as a whole, so its length has a limit.",
    example='dim N\ninput x: [N]\ny = 2 * x\ndata points { x = csv("one-line.csv", "1") }\n',
    fix="Write each row on a line of its own.",
)

LONG_FIELD = Fault(
    "G470",
    "error",
    "a field that begins on this line is longer than {limit} characters",
    cause="Nearly always a quote is open: all that follows is then one field. A field is a number or the name of a "
    "class, and is held in memory as a whole.",
    example='dim N\ninput x: [N]\ny = 2 * x\ndata points { x = csv("long-field.csv", "1") }\n',
    fix="Close the quote, or shorten the text.",
)

CSV_SETTING = Fault(
    "G422",
    "error",
    "`{key}` of `{reader}` cannot be `{value}`: {reason}",
    cause="The settings of a text file say how it is written: in CSV what separates fields and marks decimals and "
    "thousands, and its encoding.",
    example='dim N\ninput x: [N]\ny = 2 * x\ndata points { x = csv("points.csv", "x", encoding = "klingon") }\n',
    fix='Write marks that differ, such as decimal = "," and thousands = ".", and an encoding that Python knows.',
    title="a setting of a text file cannot be so",
)

# --- datasets ---------------------------------------------------------------------------------------------------

UNKNOWN_DATASET = Fault(
    "G420",
    "error",
    "there is no dataset `{name}`",
    cause="No installed package ships it, and CHAINRULE_DATA has no file or folder of that name.",
    example='dim N\ninput x: [N, 4]\ny = 2 * x\ndata flowers { x = dataset("irises", "x") }\n',
    fix="Use a known name, or set CHAINRULE_DATA to a folder with NAME.npz, NAME.csv or NAME/COLUMN.npy.",
)
MISSING_PACKAGE = Fault(
    "G421",
    "error",
    "the dataset `{name}` is shipped by {package}, which is not installed",
    cause="Datasets come with installed packages; nothing is fetched from a network.",
    example='dim N\ninput x: [N, 784]\ny = 2 * x\ndata digits { x = dataset("mnist5k", "x") }\n',
    fix="pip install 'chainrule[data]'",
)

# --- columns ----------------------------------------------------------------------------------------------------

ROWS_DIFFER = Fault(
    "G430",
    "error",
    "`{name}` has {rows} rows, `{other}` has {other_rows}",
    cause="Row i of every column of a section belongs to the same example.",
    example="dim N\ninput x: [N]\ninput t: [N]\ny = x + t\ndata points { x = [1, 2, 3]; t = [1, 2] }\n",
    fix="Give the columns of a section the same number of rows.",
)
NO_ROWS = Fault(
    "G431",
    "error",
    "`{name}` is {what}; a column needs rows",
    cause="The first axis of a column counts its rows, and there must be at least one.",
    example="dim N\ninput x: [N]\ny = 2 * x\ndata points { x = 3 }\n",
    fix="Write a list, [3], or read a file.",
)
COLUMN_CLASH = Fault(
    "G432",
    "error",
    "{message}",
    cause="The shapes of the operands do not go together.",
    example="dim N\ninput x: [N]\ny = 2 * x\ndata points { x = [1, 2, 3] + [1, 2] }\n",
    fix="Bring the operands to shapes that broadcast as numpy's do.",
    title="columns do not go together",
)
SHORT = Fault(
    "G427",
    "error",
    "`{name}` has {rows} rows, and a window takes {length}",
    cause="A window is made of rows that follow one another, from each row on that has as many behind it.",
    example="dim N\ninput x: [N, 8]\ny = 2 * x\ndata points { x = windows([1, 2, 3], 8) }\n",
    fix="Give more rows, or choose a shorter window.",
)
COMPUTED_TEXTS = Fault(
    "G433",
    "error",
    "`{name}` computes with texts, such as `{value}`",
    cause="Texts stand for classes and are numbered: half of such a number, or two of them added, means nothing.",
    example='dim N\ninput t: int[N]\ny = 2 * t\ndata rows { t = csv("iris.csv", "species") / 2 }\n',
    fix="Read the column as it is, or write numbers that are meant as such in digits and a point.",
)

# --- binding ----------------------------------------------------------------------------------------------------

UNUSED_COLUMN = Fault(
    "G440",
    "warning",
    "no input is called `{name}`, so this column is not used",
    cause="A column goes to the input of the same name.",
    example="dim N\ninput x: [N]\ny = 2 * x\ndata points { x = [1, 2]; z = [3, 4] }\n",
    fix="Give column and input the same name, or remove the column.",
)
SCALAR_INPUT = Fault(
    "G441",
    "error",
    "input `{name}` is a scalar and cannot take a column",
    cause="A column has many rows, and rows go along the first axis of an input, which a scalar lacks.",
    example="input x = 1\ny = 2 * x\ndata points { x = [1, 2, 3] }\n",
    fix="Declare the input with a size for its rows: dim N; input x: [N].",
)
ROW_SHAPE = Fault(
    "G442",
    "error",
    "a row of `{name}` has shape {found}, input `{name}` takes {wanted}",
    cause="A row of the column must hold as many elements as a row of the input.",
    example="dim N\ninput x: [N, 3]\ny = 2 * x\ndata points { x = [[1, 2], [3, 4]] }\n",
    fix="Change the type of the input, or read other columns.",
)
NOT_WHOLE = Fault(
    "G443",
    "error",
    "row {row} of `{name}` is {value}, and input `{name}` takes whole numbers of 64 bits",
    cause="An `int` input takes reals only where every one of them is a whole number.",
    example="dim N\ninput t: int[N]\ny = 2 * t\ndata points { t = [0, 1.5] }\n",
    fix="Declare the input as real, or correct the column.",
)
LABEL_RANGE = Fault(
    "G444",
    "error",
    "row {row} of `{name}` is class {value}, but the classes are 0 to {limit}",
    cause="A class number says which column of the scores is right, counted from 0.",
    example="dim N\ninput scores: [N, 2]\ninput t: int[N]\nloss = softmax-loss(scores, t)\n"
    "data rows { scores = [[1, 2], [3, 4]]; t = [1, 2] }\n",
    fix="Count the classes from 0, or give the scores a column for every class.",
)
NOT_FINITE = Fault(
    "G445",
    "error",
    "row {row} of `{name}` has the value {value}",
    cause="NaN and infinity would spoil every value computed from them.",
    example="dim N\ninput x: [N]\ny = 2 * x\ndata points { x = [1, 2] / 0 }\n",
    fix="Correct the data, or leave out the row.",
)
OUT_OF_RANGE = Fault(
    "G446",
    "error",
    "row {row} of `{name}` has the value {value}, which {limit} cannot hold",
    cause="The number is finite in float64 and beyond the range of the precision that is used.",
    example="dim N\ninput x: [N]\nparam w = 1.0\nloss = sum(w * x)\ndata points { x = [1e300, 2] }\n"
    "train { minimize = loss; optimizer = sgd(lr = 0.1); epochs = 1; data = points }\n",
    fix="Scale the column, or write precision = float64.",
)
FIXED_ROWS = Fault(
    "G447",
    "error",
    "input `{name}` takes exactly {size} rows, the data gives {rows} at once",
    cause="The first size of an input counts the rows; a number there allows no other count.",
    example="input x: [4, 2]\ny = 2 * x\ndata points { x = [[1, 2], [3, 4]] }\n",
    fix="Write a dim in its place: dim N; input x: [N, 2].",
)
ONE_CLASS = Fault(
    "G448",
    "warning",
    "every row of `{name}` is class {value}",
    cause="Where all rows are of one class, there is nothing to learn: always answering that class is right.",
    example="dim N\ninput scores: [N, 2]\ninput t: int[N]\nloss = softmax-loss(scores, t)\n"
    "data rows { scores = [[1, 2], [3, 4], [5, 6], [7, 8]]; t = [1, 1, 1, 1] }\n",
    fix="Check that the right column is read, and that the rows are not only the first of a sorted file.",
)
LARGE_BATCH = Fault(
    "G449",
    "warning",
    "batch is {batch}, but there are only {rows} rows: every step takes them all",
    cause="A batch cannot hold more rows than there are.",
    example="dim N\ninput x: [N]\nparam w = 1.0\nloss = sum(w * x)\ndata points { x = [1, 2] }\n"
    "train { minimize = loss; optimizer = sgd(lr = 0.1); epochs = 1; data = points; batch = 100 }\n",
    fix="Choose a smaller batch, or leave the key out to take all rows.",
)
HOLD_OUT_LEAVES_NONE = Fault(
    "G450",
    "error",
    "hold_out = {fraction} of {rows} rows leaves none to train on",
    cause="At least one row is held out, and at least one must be left.",
    example="dim N\ninput x: [N]\nparam w = 1.0\nloss = sum(w * x)\ndata points { x = [1] }\n"
    "train { minimize = loss; optimizer = sgd(lr = 0.1); epochs = 1; data = points; hold_out = 0.1 }\n",
    fix="Use more rows, or another fraction.",
)

TEXT_BEFORE_REAL = Fault(
    "G460",
    "error",
    "input `{name}` takes real numbers, and `{value}` is a text",
    cause="A column whose values are no numbers holds names of classes, which are numbered. An `int` input takes their "
    "numbers; as real ones they would mean something else, silently.",
    example='dim N\ninput x: [N]\ny = 2 * x\ndata points { x = csv("decimal-comma.csv", "x") }\n',
    fix='Write numbers with digits and a point and nothing else, or say how they are written: decimal = ",", '
    'thousands = ".". Where names are meant, declare the input as int.',
)
NUMBERS_AS_NAMES = Fault(
    "G461",
    "warning",
    "the texts of `{name}`, such as `{value}`, are taken for names of classes",
    cause="Each different text of a column is a class, numbered in the order of code points. These look like numbers "
    "or dates, whose order and size would mean something.",
    example='dim N\ninput n: int[N]\ny = 2 * n\ndata points { n = csv("thousands.csv", "n") }\n',
    fix="Write numbers with digits and a point and nothing else, or say how they are written: `decimal`, `thousands`. "
    "Put a letter before names that look like numbers.",
)
MISSING_CLASS = Fault(
    "G462",
    "warning",
    "`{value}` is taken for the name of a class of `{name}`",
    cause="Each different text of a column is a class, and this one commonly marks a value that is missing.",
    example='dim N\ninput sex: int[N]\ny = 2 * sex\ndata birds { sex = csv("penguins.csv", "sex") }\n',
    fix="Leave out the rows where it stands, or write a name that says what they have in common.",
)
OTHER_KIND = Fault(
    "G463",
    "error",
    "`{name}` has {found} here, such as `{value}`, and {other} in the rows that were read before",
    cause="Class numbers mean what they meant in the rows that were trained on. Texts there were numbered by their "
    "names; numbers there were taken as they are.",
    example='dim N\ninput t: int[N]\ny = 2 * t\ndata rows { t = csv("iris-numbers.csv", "species") }\n',
    fix="Write the same kind of values in both: the names of the classes, or their numbers.",
)
MAYBE_HEADER = Fault(
    "G464",
    "warning",
    "the first row, `{row}`, is taken for values, and looks like a header",
    cause="The first row of a CSV file is its header unless one of its fields is a number. Here one is, and the row is "
    "unlike those below: it counts up, or stands above texts or fractions.",
    example='dim N\ninput x: [N]\ny = 2 * x\ndata points { x = csv("counted.csv", "2") }\n',
    fix="Write header = true where it is one, header = false where the file has none.",
)
BLANK_COLUMN = Fault(
    "G465",
    "warning",
    "`{name}` has no value here, and what needs it is left out: {outputs}",
    cause="A file to predict on may lack what only some outputs need, such as the target of a loss.",
    example="dim N\ninput x: [N]\ninput t: [N]\nparam w = 1.0\noutput y = w * x\noutput loss = mse(y, t)\n"
    'data rows { x = csv("rows.csv", "x"); t = csv("rows.csv", "t") }\n'
    "train { minimize = loss; optimizer = sgd(lr = 0.1); epochs = 1; data = rows }\n",
    fix="Nothing, where the other outputs are what is wanted; else fill in the values.",
)
EMPTY_TEXT = Fault(
    "G466",
    "error",
    "row {row} of `{path}` is an empty text",
    cause="Texts are names of classes, and an empty one is a value that is missing.",
    example='dim N\ninput t: int[N]\ny = 2 * t\ndata rows { t = npy("names.npy") }\n',
    fix="Fill in the value, or leave out the row.",
)

CANNOT_STORE = Fault(
    "G451",
    "error",
    "the data is too large for memory and cannot be kept in a temporary file in `{folder}`: {reason}",
    cause="Columns of a CSV or a compressed file that are larger than CHAINRULE_DATA_MEMORY allows (128 MiB) go into a "
    "temporary file, as do columns that are computed from them or converted: up to eight bytes a number.",
    example='dim N\ninput x: [N]\nparam w = 1.0\nloss = sum(w * x)\ndata rows { x = csv("large.csv", "x") }\n'
    "train { minimize = loss; optimizer = sgd(lr = 0.1); epochs = 1; data = rows; batch = 100 }\n",
    fix="Make room there, name another folder with TMPDIR, or allow more memory with CHAINRULE_DATA_MEMORY=MEBIBYTES.",
)
FILE_CHANGED = Fault(
    "G452",
    "error",
    "`{path}` has changed while it was in use",
    cause="Somebody wrote into the file while it was read, so its rows would be of different times. Data that are "
    "larger than memory should hold stay in their file, and rows are read from there as they are needed.",
    example='dim N\ninput x: [N]\nparam w = 1.0\nloss = sum(w * x)\ndata rows { x = npy("large.npy") }\n'
    "train { minimize = loss; optimizer = sgd(lr = 0.1); epochs = 1; data = rows; batch = 100 }\n",
    fix="Write new data into another file and rename it, or allow more memory with CHAINRULE_DATA_MEMORY=MEBIBYTES.",
)

FAULTS = (
    UNREADABLE,
    EMPTY,
    NO_COLUMN,
    REPEATED_COLUMN,
    RAGGED,
    NOT_A_NUMBER,
    MISSING,
    NOT_FINITE_TEXT,
    BAD_QUOTES,
    NOT_ENCODED,
    TEXTS_IN_LIST,
    UNKNOWN_CLASS,
    WRONG_FORMAT,
    DAMAGED,
    TOO_LARGE,
    EXPANDS,
    NOT_NUMBERS,
    UNSAFE_MEMBER,
    LONG_LINE,
    LONG_FIELD,
    CSV_SETTING,
    UNKNOWN_DATASET,
    MISSING_PACKAGE,
    ROWS_DIFFER,
    NO_ROWS,
    COLUMN_CLASH,
    SHORT,
    COMPUTED_TEXTS,
    UNUSED_COLUMN,
    SCALAR_INPUT,
    ROW_SHAPE,
    NOT_WHOLE,
    LABEL_RANGE,
    NOT_FINITE,
    OUT_OF_RANGE,
    FIXED_ROWS,
    ONE_CLASS,
    LARGE_BATCH,
    HOLD_OUT_LEAVES_NONE,
    TEXT_BEFORE_REAL,
    NUMBERS_AS_NAMES,
    MISSING_CLASS,
    OTHER_KIND,
    MAYBE_HEADER,
    BLANK_COLUMN,
    EMPTY_TEXT,
    CANNOT_STORE,
    FILE_CHANGED,
)
