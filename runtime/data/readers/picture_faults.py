"""Faults of pictures, G423 to G426."""

from ....grammar.diagnostic import Fault

_EXAMPLE = 'dim N\ninput x: [N, C, H, W]\ndim C\ndim H\ndim W\ny = x / 255\ndata cats {{ x = images("{path}") }}\n'

NO_FILES = Fault(
    "G423",
    "error",
    "no file is called `{path}`",
    cause="In a pattern `*` stands for any characters of a name, `?` for one, `[0-9]` for one of these. It is relative "
    "to the folder of the spec, and names that begin with a point are left out.",
    example=_EXAMPLE.format(path="nowhere/*.png"),
    fix="Write the pattern as seen from the folder of the spec, or an absolute one.",
)
NO_PILLOW = Fault(
    "G424",
    "error",
    "`{name}` needs Pillow, which is not installed",
    cause="Pictures are read by a library of their own, which comes with an extra.",
    example=_EXAMPLE.format(path="cats/*.png"),
    fix="pip install 'chainrule[images]'",
)
OTHER_PICTURE = Fault(
    "G425",
    "error",
    "`{path}` is {found}, and `{first}` {wanted}",
    cause="The pictures of a column make one array, [rows, channels, height, width], so they have one size and the "
    "same channels: L is grey, RGB colours, A stands for how opaque a picture is.",
    example=_EXAMPLE.format(path="mixed/*.png"),
    fix="Bring the pictures to one size and one kind of colours, or leave that file out of the pattern.",
)
NO_PICTURE = Fault(
    "G426",
    "error",
    "`{path}` is no picture that can be read: {reason}",
    cause="PNG, JPEG, BMP, GIF, TIFF, WebP and PNM are read, one picture a file, grey or of red, green and blue.",
    example=_EXAMPLE.format(path="letter.txt"),
    fix="Leave the file out of the pattern, or save the picture again as PNG.",
)

FAULTS = (NO_FILES, NO_PILLOW, OTHER_PICTURE, NO_PICTURE)
