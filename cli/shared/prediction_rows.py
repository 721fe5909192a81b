"""Rows to predict on, from a file: arrays by the name of an input, or the columns that the spec reads."""

from pathlib import Path

from ...program.program import Program
from ...program.serving.csv_rows import Given, csv_rows, only_input, own_section
from ...program.serving.other_files import other_rows
from ...runtime.data.readers.data_file import DataFile
from ...runtime.data.readers.numpy_reader import numbers, read_npy
from .values import read_inputs


def rows_of(program: Program, path: str) -> Given:
    """The values of inputs in a .csv, .json, .npz or .npy file, in pictures or a text where the spec reads such.

    Of a CSV file, which any other file is taken for where the spec reads CSV, the columns that the spec's own data
    section asks for, through its arithmetic; where the spec reads something else, columns called like the inputs, or
    all columns for the only input. Columns that no output depends on are not looked at. Raises SpecError.
    """
    match Path(path).suffix.lower():
        case ".csv":
            return csv_rows(program, path)
        case ".npy":
            file = DataFile(path)
            return Given({only_input(program.spec, path): numbers(file, read_npy(file))})
        case ".json" | ".npz":
            return Given(read_inputs(path))
    if own_section(program.spec) is not None:
        return csv_rows(program, path)
    return other_rows(program, path) or Given(read_inputs(path))
