"""CSV files as people have them: each is read right, or refused with words that lead to reading it."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import pytest

from chainrule.grammar.diagnostic import Diagnostic, Place
from chainrule.grammar.spec_error import SpecError
from chainrule.program.front_door import compile
from chainrule.runtime.data.datasets import DataSets


class File(NamedTuple):
    """A file, what is asked of it, and the numbers or the names of classes that it gives."""

    content: str | bytes
    column: str
    values: Sequence[float] | Sequence[str]


def read(folder: Path, file: File, settings: str = "") -> list[float] | list[str]:
    """What an input gets, by way of a spec: of texts an `int` one."""
    content = file.content
    (folder / "rows.csv").write_bytes(content if isinstance(content, bytes) else content.encode())
    texts = file.values and isinstance(file.values[0], str)
    given = f'"rows.csv", {file.column}{f", {settings}" if settings else ""}'
    spec = compile(f"dim N\ninput c: {'int' if texts else ''}[N]\ny = 2 * c\ndata d {{ c = csv({given}) }}").spec
    found = DataSets(spec, folder).dataset("d", "float64")
    numbers: list[float] = found.inputs["c"][:].tolist()
    return [found.classes["c"][int(number)] for number in numbers] if texts else numbers


def fault(folder: Path, file: File, settings: str = "") -> Diagnostic:
    with pytest.raises(SpecError) as caught:
        read(folder, file, settings)
    return caught.value.diagnostics[0]


READ: dict[str, tuple[File, str]] = {
    "plain": (File("x,y\n1,2\n3,4\n", '"y"', [2, 4]), ""),
    "reals": (File("x\n1.5\n-2e-3\n.5\n", '"x"', [1.5, -0.002, 0.5]), ""),
    "texts are classes": (File("k\nrose\nlily\nrose\n", '"k"', ["rose", "lily", "rose"]), ""),
    "windows line ends": (File("x,y\r\n1,2\r\n3,4\r\n", '"y"', [2, 4]), ""),
    "old mac line ends": (File("x,y\r1,2\r3,4\r", '"y"', [2, 4]), ""),
    "mixed line ends": (File("x\r\n1\n2\r3", '"x"', [1, 2, 3]), ""),
    "no end of the last line": (File("x,y\n1,2", '"x"', [1]), ""),
    "blank lines": (File("\n\nx\n\n1\n\n2\n\n", '"x"', [1, 2]), ""),
    "blanks around fields": (File(" x , y \n 1 , 2 \n", '"y"', [2]), ""),
    "quotes everywhere": (File('"x","y"\n"1","2"\n', '"y"', [2]), ""),
    "a separator in quotes": (File('k,x\n"Kim, A.",1\n"Lee, B.",2\n', '"k"', ["Kim, A.", "Lee, B."]), ""),
    "a line break in quotes": (File('k,x\n"one\ntwo",1\nthree,2\n', '"x"', [1, 2]), ""),
    "quotes in quotes": (File('k\n"a ""b"" c"\nd\n', '"k"', ['a "b" c', "d"]), ""),
    "a header in quotes over two lines": (File('"price\n(won)",y\n1,2\n', "1", [1]), ""),
    "without a header": (File("5.1,setosa\n4.9,virginica\n", '"1"', [5.1, 4.9]), ""),
    "without a header, by number": (File("5.1,setosa\n4.9,virginica\n", "2", ["setosa", "virginica"]), ""),
    "with a header, by number": (File("x,y\n1,2\n3,4\n", "2", [2, 4]), ""),
    "a name that is a number goes first": (File("2,1,x\n10,20,30\n", '"1"', [20]), "header = true"),
    "a header of years": (File("2019,2020\n5,9\n6,8\n", '"2020"', [9, 8]), "header = true"),
    "texts without a header": (File("rose,a\nlily,b\n", '"1"', ["rose", "lily"]), "header = false"),
    "counted values": (File("0,1,2\n5,9,7\n", '"1"', [0, 5]), "header = false"),
    "names twice, by number": (File("x,x\n1,2\n3,4\n", "2", [2, 4]), ""),
    "names of another script": (File("나이,키\n20,170\n", '"키"', [170]), ""),
    "a column of an index without a name": (File(",x\n0,5\n1,6\n", '"x"', [5, 6]), ""),
    "semicolons": (File("x;y\n1;2\n3;4\n", '"y"', [2, 4]), 'sep = ";"'),
    "semicolons and decimal commas": (File("x;y\n1,5;2\n3,25;4\n", '"x"', [1.5, 3.25]), 'sep = ";", decimal = ","'),
    "tabs": (File("x\ty\n1\t2\n", '"y"', [2]), 'sep = "tab"'),
    "empty fields between tabs": (File("x\ty\tz\n1\t\t2\n3\t\t4\n", '"z"', [2, 4]), 'sep = "tab"'),
    "bars": (File("x|y\n1|2\n", '"y"', [2]), 'sep = "|"'),
    "blanks": (File("x y\n1 2\n3 4\n", '"y"', [2, 4]), 'sep = " "'),
    "columns lined up by blanks": (File("  x    y\n 1.5   2\n 13   40\n\n", '"y"', [2, 40]), 'sep = " "'),
    "blanks and quotes": (File('k x\n"Kim A"  1\nLee 2\n', '"k"', ["Kim A", "Lee"]), 'sep = " "'),
    "thousands": (File('x\n"1,200"\n950\n"12,345,678.5"\n', '"x"', [1200, 950, 12345678.5]), 'thousands = ","'),
    "thousands of India": (File('x\n"12,34,567"\n"1,00,000"\n', '"x"', [1234567, 100000]), 'thousands = ","'),
    "thousands with points": (
        File("x;y\n1.200,5;1\n-950;2\n", '"x"', [1200.5, -950]),
        'sep = ";", decimal = ",", thousands = "."',
    ),
    "thousands with blanks": (File("x;y\n1 200;1\n950;2\n", '"x"', [1200, 950]), 'sep = ";", thousands = " "'),
    "thousands with blanks that do not break": (
        File("x;y\n1\u202f200,5;1\n2\u00a0000;2\n", '"x"', [1200.5, 2000]),
        'sep = ";", decimal = ",", thousands = " "',
    ),
    "thousands with apostrophes": (File("x\n1'200\n3’000\n", '"x"', [1200, 3000]), 'thousands = "\'"'),
    "decimal commas in quotes": (File('x,y\n"1,5",2\n3,4\n', '"x"', [1.5, 3]), 'decimal = ","'),
    "utf-8 with a mark": (File("\ufeffx,y\n1,2\n".encode(), '"x"', [1]), ""),
    "utf-16 of Windows": (File("x\ty\n1\t2\n".encode("utf-16"), '"y"', [2]), 'sep = "tab", encoding = "utf-16"'),
    "utf-16, the large end first": (
        File(b"\xfe\xff" + "키,y\n1,2\n".encode("utf-16-be"), '"키"', [1]),
        'encoding = "utf-16"',
    ),
    "utf-16 with a mark, its end named": (File("x,y\n1,2\n".encode("utf-16"), '"x"', [1]), 'encoding = "utf-16-le"'),
    "cp949": (File("이름,키\n똠방,170\n펭귄,60\n".encode("cp949"), '"이름"', ["똠방", "펭귄"]), 'encoding = "cp949"'),
    "euc-kr": (File("이름,키\n펭귄,60\n".encode("euc-kr"), '"키"', [60]), 'encoding = "euc-kr"'),
    "latin-1": (File("café,y\n1,2\n".encode("latin-1"), '"café"', [1]), 'encoding = "latin-1"'),
    "windows-1252": (File("k\n5€\n6€\n".encode("cp1252"), '"k"', ["5€", "6€"]), 'encoding = "cp1252"'),
    "shift-jis": (File("名前\nひと\nカタ\n".encode("cp932"), '"名前"', ["ひと", "カタ"]), 'encoding = "cp932"'),
    "sep= of Excel": (File("sep=;\nx;y\n1;2\n", '"y"', [2]), ""),
    "sep= of Excel, a tab": (File("sep=\t\r\nx\ty\r\n1\t2\r\n", '"y"', [2]), ""),
    "sep= and decimal commas": (File("sep=;\nx;y\n1,5;2\n", '"x"', [1.5]), 'decimal = ","'),
    "comments above": (File("# measured in 2024\n# by A, B and C\nx,y\n1,2\n", '"y"', [2]), ""),
    "comments as wide as the rows": (File("# by A, and B\nx,y\n1,2\n3,4\n", '"y"', [2, 4]), ""),
    "comments above values": (File("# measured in 2024\n\n1,2\n3,4\n", '"2"', [2, 4]), ""),
    "comments with open quotes": (File('# 5" and more\nx,y\n1,2\n', '"y"', [2]), ""),
    "a comment below sep=": (File("sep=;\n# in won\nx;y\n1;2\n", '"y"', [2]), ""),
    "a header behind a mark": (File("# x,y\n1,2\n3,4\n", '"# x"', [1, 3]), ""),
    "texts with a mark are rows": (File("#sun,1\n#fun,2\nplain,3\n", '"1"', ["#sun", "#fun", "plain"]), ""),
    "a number as a mark for none": (File("x\n5\n6\n", '"x"', [5, 6]), "missing = [-999]"),
    "a mark for none in another column": (File("x,y\n5,NA\n6,1\n", '"x"', [5, 6]), ""),
}
"""A file, and the settings by which it is read."""

LED: dict[str, tuple[File, str, str, int, int]] = {
    "semicolons": (File("x;y\n1;2\n3;4\n", '"y"', [2, 4]), 'sep = ";"', "G402", 0, 0),
    "semicolons and decimal commas": (
        *(File("x;y\n1,5;2\n3,25;4\n", '"x"', [1.5, 3.25]), 'sep = ";", decimal = ","', "G402", 0, 0),
    ),
    "semicolons, by number": (
        *(File("x;y;z\n1,5;2;3\n3,25;4;5\n", "3", [3, 5]), 'sep = ";", decimal = ","', "G402", 0, 0),
    ),
    "semicolons where commas make a table": (
        *(File("x;y\n1,5;2,5\n3;4\n", "1", [1.5, 3]), 'sep = ";", decimal = ","', "G404", 2, 2),
    ),
    "semicolons, thousands and decimal commas": (
        *(
            File("x;y\n1.200,5;2\n3,25;4\n", '"x"', [1200.5, 3.25]),
            'sep = ";", decimal = ",", thousands = "."',
            "G402",
            0,
            0,
        ),
    ),
    "tabs": (File("x\ty\n1\t2\n", '"y"', [2]), 'sep = "tab"', "G402", 0, 0),
    "bars": (File("x|y\n1|2\n", '"y"', [2]), 'sep = "|"', "G402", 0, 0),
    "blanks": (File("x   y\n1   2\n", '"y"', [2]), 'sep = " "', "G402", 0, 0),
    "commas, where semicolons were told": (File("x,y\n1,2\n", '"y"', [2]), 'sep = ","', "G402", 0, 0),
    "decimal commas": (File('x,y\n"1,5",2\n"2,5",3\n', '"x"', [1.5, 2.5]), 'decimal = ","', "G460", 2, 1),
    "decimal commas among whole numbers": (File('x,y\n1,2\n"2,5",3\n', '"x"', [1, 2.5]), 'decimal = ","', "G405", 3, 1),
    "thousands": (File('x,y\n"1,200",2\n"2,900",3\n', '"x"', [1200, 2900]), 'thousands = ","', "G460", 2, 1),
    "thousands among small numbers": (
        File('x,y\n950,2\n"2,900",3\n', '"x"', [950, 2900]),
        'thousands = ","',
        "G405",
        3,
        1,
    ),
    "thousands below texts": (File('x,y\n"1,200",2\n950,3\n', '"x"', [1200, 950]), 'thousands = ","', "G405", 2, 1),
    "thousands with points": (
        File("x\n1.234.567\n2.000.000\n", '"x"', [1234567, 2000000]),
        'decimal = ",", thousands = "."',
        "G460",
        2,
        1,
    ),
    "thousands with blanks": (File("x,y\n1 200,1\n3 400,2\n", '"x"', [1200, 3400]), 'thousands = " "', "G460", 2, 1),
    "thousands with apostrophes": (
        File("x,y\n1'200,1\n3'400,2\n", '"x"', [1200, 3400]),
        'thousands = "\'"',
        "G460",
        2,
        1,
    ),
    "thousands with lines": (File("x,y\n1_200,1\n3_400,2\n", '"x"', [1200, 3400]), 'thousands = "_"', "G460", 2, 1),
    "utf-16": (File("x,y\n1,2\n".encode("utf-16"), '"x"', [1]), 'encoding = "utf-16"', "G409", 1, 1),
    "utf-16 without a mark": (
        File("x,y\n1,2\n3,4\n".encode("utf-16-le"), '"x"', [1, 3]),
        'encoding = "utf-16-le"',
        "G402",
        0,
        0,
    ),
    "cp949": (File("x,이름\n1,똠방\n2,펭귄\n".encode("cp949"), '"x"', [1, 2]), 'encoding = "cp949"', "G409", 1, 2),
    "euc-kr": (File("x,이름\n1,펭귄\n".encode("euc-kr"), '"x"', [1]), 'encoding = "cp949"', "G409", 1, 2),
    "shift-jis": (File("x,名前\n1,ひと\n".encode("cp932"), '"x"', [1]), 'encoding = "cp932"', "G409", 1, 2),
    "latin-1": (File("x,k\n1,caf\xe9\n".encode("latin-1"), '"x"', [1]), 'encoding = "latin-1"', "G409", 2, 2),
    "latin-1, old mac line ends": (
        File("x,k\r1,a\r2,caf\xe9\r".encode("latin-1"), '"x"', [1, 2]),
        'encoding = "latin-1"',
        "G409",
        3,
        2,
    ),
    "windows-1252": (File("x,k\n1,5€\n".encode("cp1252"), '"x"', [1]), 'encoding = "cp1252"', "G409", 2, 2),
    "names twice": (File("x,y,x\n1,2,3\n", '"x"', [1]), "1", "G403", 0, 0),
}
"""A file that is refused at first, with a hint that names the settings by which it is then read."""

REFUSED: dict[str, tuple[File, str, str, int, int, str]] = {
    "percent": (File("x\n12%\n7%\n", '"x"', [12]), "", "G460", 2, 1, "in percent: write the number alone"),
    "dates": (File("x\n2024-01-02\n2024-01-03\n", '"x"', [1]), "", "G460", 2, 1, "a date: write numbers"),
    "money": (File("x\n$5\n$6\n", '"x"', [1]), "", "G460", 2, 1, "an amount of money"),
    "true and false": (File("x\ntrue\nfalse\n", '"x"', [1]), "", "G460", 2, 1, "true or false: write 1 and 0"),
    "a blank field": (File("x,y\n1,2\n,3\n", '"x"', [1]), "", "G406", 3, 1, "takes no missing values"),
    "a blank class": (File("k,y\na,2\n,3\n", '"k"', ["a"]), "", "G406", 3, 1, "takes no missing values"),
    "nothing but blank fields": (File("x,y\n,2\n,3\n", '"x"', [1]), "", "G406", 2, 1, "takes no missing values"),
    "NA": (File("x\n1\nNA\n", '"x"', [1]), "", "G405", 3, 1, 'missing = ["NA"]'),
    "NA, told": (File("x\n1\nNA\n", '"x"', [1]), 'missing = "NA"', "G406", 3, 1, "`NA` stands for a missing value"),
    "NA first, told": (File("x\nNA\n1\n", '"x"', [1]), 'missing = ["NA", "?"]', "G406", 2, 1, "`NA` stands for"),
    "-999, told": (File("x\n1\n-999.0\n", '"x"', [1]), "missing = [-999]", "G406", 3, 1, "`-999.0` stands for"),
    "-999 in the quick way": (File("x\n1\n2\n-999\n", '"x"', [1]), "missing = [-999]", "G406", 4, 1, "`-999` stands"),
    "nan": (File("x\n1\nnan\n", '"x"', [1]), "", "G407", 3, 1, 'missing = ["nan"]'),
    "too few fields": (File("x,y\n1,2\n3\n", '"x"', [1]), "", "G404", 3, 2, ""),
    "a separator at the end": (File("x,y\n1,2,\n3,4,\n", '"x"', [1]), "", "G404", 2, 3, "ends with a separator"),
    "numbers of rows": (File("x,y\n1,5,6\n2,7,8\n", '"x"', [1]), "", "G404", 2, 3, "the header has a name for that"),
    "a title above": (File("Sales\nx,y\n1,2\n", '"x"', [1]), "", "G402", 0, 0, "begin it with `#`"),
    "a comment below": (File("x,y\n1,2\n# end\n", '"x"', [1]), "", "G404", 3, 2, "above the header alone"),
    "decimal commas between commas": (File("x,y\n1,5,2\n2,5,3\n", '"y"', [2]), "", "G404", 2, 3, ""),
    "an open quote": (File('x,y\n1,2\n"3,4\n', '"x"', [1]), "", "G408", 3, 1, ""),
    "wrongly grouped": (File('x\n"1,5"\n"2,5"\n', '"x"', [1]), 'thousands = ","', "G460", 2, 1, 'decimal = ","'),
    "points where commas were told": (
        File("x\n1.5\n2.5\n", '"x"', [1]),
        'decimal = ","',
        "G460",
        2,
        1,
        'decimal = "."',
    ),
    "not of the encoding": (File("k\nÿ\n", '"k"', ["a"]), 'encoding = "ascii"', "G409", 2, 1, 'encoding = "utf-8"'),
    "an encoding of nobody": (File("x\n1\n", '"x"', [1]), 'encoding = "utf-9"', "G422", 0, 0, "utf-8"),
    "an encoding of bytes": (File("x\n1\n", '"x"', [1]), 'encoding = "base64"', "G422", 0, 0, "encodings are"),
    "marks alike": (File("x\n1\n", '"x"', [1]), 'decimal = ",", thousands = ","', "G422", 0, 0, ""),
    "two characters": (File("x\n1\n", '"x"', [1]), 'sep = "::"', "G303", 0, 0, ""),
    "delimiter": (File("x\n1\n", '"x"', [1]), 'delimiter = ";"', "G106", 0, 0, "write `sep = ...`"),
    "na_values": (File("x\n1\n", '"x"', [1]), 'na_values = "?"', "G106", 0, 0, "write `missing = ...`"),
    "skiprows": (File("x\n1\n", '"x"', [1]), "skiprows = 1", "G106", 0, 0, "begin with `#`"),
    "counted from 0": (File("x,y\n1,2\n", "0", [1]), "", "G402", 0, 0, "counted from 1, here to 2"),
    "a range from right to left": (File("x,y\n1,2\n", '"y:x"', [1]), "", "G402", 0, 0, ""),
}
"""A file that is refused, and what leads on."""


@pytest.mark.parametrize("name", READ)
def test_is_read(tmp_path: Path, name: str) -> None:
    file, settings = READ[name]
    assert read(tmp_path, file, settings) == list(file.values)


@pytest.mark.parametrize("name", LED)
def test_a_hint_leads_to_reading_it(tmp_path: Path, name: str) -> None:
    file, settings, code, line, field = LED[name]
    found = fault(tmp_path, file, 'sep = ";"' if name.endswith("were told") else "")
    assert (found.code, _place(found)) == (code, (line, field))
    assert settings in str(found.hint)
    if settings.isdigit():
        file, settings = file._replace(column=settings), ""
    assert read(tmp_path, file, settings) == list(file.values)


@pytest.mark.parametrize("name", REFUSED)
def test_is_refused(tmp_path: Path, name: str) -> None:
    file, settings, code, line, field, words = REFUSED[name]
    found = fault(tmp_path, file, settings)
    assert (found.code, _place(found)) == (code, (line, field))
    assert words in f"{found.message} {found.hint}"


def _place(found: Diagnostic) -> tuple[int, int]:
    return (found.where.line, found.where.column) if isinstance(found.where, Place) else (0, 0)
