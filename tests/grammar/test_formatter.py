"""The canonical layout of files."""

import pytest

from chainrule.grammar.parse import parse
from chainrule.grammar.source import Source
from chainrule.grammar.write import write


def laid_out(text: str) -> str:
    module, faults = parse(Source("a.graph", text))
    assert not faults
    return write(module)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("", ""),
        ("\n\n# only\n\n", "# only\n"),
        ("a=1", "a = 1\n"),
        ("a=1;;b=2 ;\n;c=3", "a = 1; b = 2\nc = 3\n"),
        ("a = 1\n\n\n\nb = 2\n", "a = 1\n\nb = 2\n"),
        ("  a = 1#why\n", "a = 1  #why\n"),
        ("a = 1 ; # why\n", "a = 1  # why\n"),
        ("##doc\n##   more\na = 1", "## doc\n## more\na = 1\n"),
        ("a = 1 ; ## doc\nb = 2", "a = 1\n## doc\nb = 2\n"),
        ("y = - x**2-  -1e-3*2.", "y = -x ** 2 - -1e-3 * 2.\n"),
        ("y=f (x,k = 2)@[1 ,2]", "y = f(x, k = 2) @ [1, 2]\n"),
        ("input t:int [N]=[1]\ninput x : real", "input t: int[N] = [1]\ninput x: real\n"),
        (
            "y = f(a,\n b, # why\n      # alone\n  g(\n1),\n2)",
            "y = f(a,\n  b,  # why\n  # alone\n  g(\n    1),\n  2)\n",
        ),
        ("y = f(\n1\n)", "y = f(\n  1\n)\n"),
        ("y = x -> f\n-> g # why\n # alone\n  -> h", "y = x -> f\n      -> g  # why\n      # alone\n      -> h\n"),
        ("y = x\n -> f\n -> g", "y = x\n    -> f\n    -> g\n"),
        ("y = x -> repeat 2{f->g}as t", "y = x -> repeat 2 { f -> g } as t\n"),
        ("y = x -> repeat 2 {\nf\n-> g\n}", "y = x -> repeat 2 {\n  f\n  -> g\n}\n"),
        ("block d(x){return x+1}", "block d(x) { return x + 1 }\n"),
        ("block d(x){ y = x;return y\n}", "block d(x) {\n  y = x; return y\n}\n"),
        ("train{\n\n  a = 1\n\n  # why\n  b = 2\n\n}", "train {\n  a = 1\n\n  # why\n  b = 2\n}\n"),
        ("train { # all\n a = 1 }", "train {  # all\n  a = 1\n}\n"),
        ("data d { }", "data d { }\n"),
        ("block d(x) {\n##doc\ny = f(\nx)\nreturn y }", "block d(x) {\n  ## doc\n  y = f(\n    x)\n  return y\n}\n"),
        ("expect d( y )/d( x )==2 within 1e-3 after train", "expect d(y)/d(x) == 2 within 1e-3 after train\n"),
        ("expect d(d(y)/d(x)) / d(x)==2*d(y)/d(x)", "expect d(d(y)/d(x))/d(x) == 2 * d(y)/d(x)\n"),
        ("z = d(y)/d(x)", "z = d(y) / d(x)\n"),
        ("a = 1\r\nb = 2\r\n", "a = 1\nb = 2\n"),
        ("expect (a)==-b", "expect (a) == -b\n"),
        ("y = x [ 0 ]+x[ :,1 : 3 ]", "y = x[0] + x[:, 1:3]\n"),
        ("y = x[... ,-1]- x[:: -1,: ]", "y = x[..., -1] - x[::-1, :]\n"),
        ("y = ( tail ) [0] [ 1:]*f (x) [0]", "y = (tail)[0][1:] * f(x)[0]\n"),
        ("y = [a,b] [0]+x[ n-1 :int ]", "y = [a, b][0] + x[n - 1:int]\n"),
        ("y = reshape(x,[ N,...,64 ])", "y = reshape(x, [N, ..., 64])\n"),
        ("block d(x:[...,I],t:int [ ... ]){return[0]}", "block d(x: [..., I], t: int[...]) { return [0] }\n"),
        ("block d(x){return [x,x] [0]}", "block d(x) { return [x, x][0] }\n"),
        ("expect d(y)/d(x) [0,:1]==2", "expect d(y)/d(x)[0, :1] == 2\n"),
        ("expect [a,b]==[ 1 , x[0] ]", "expect [a, b] == [1, x[0]]\n"),
        ("y = x[\n0,\n1:\n2]", "y = x[\n  0,\n  1:\n  2]\n"),
    ],
)
def test_layout(text: str, written: str) -> None:
    assert laid_out(text) == written
    assert laid_out(written) == written


@pytest.mark.parametrize("text", ["a = = 1\n", "block d(x) {y = x x}\n", "train {a=1 1}"])
def test_a_file_with_faults_is_left_alone(text: str) -> None:
    module, _ = parse(Source("a.graph", text))
    assert write(module) == text
