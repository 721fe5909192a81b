#!/usr/bin/env bash
# Runs every verb that `chainrule --help` lists, once as text and once with --json, in the folder one stands in.
# usage: verbs.sh PATH_OF_CHAINRULE
set -euo pipefail
chainrule=$1

cat > apple.graph <<'SPEC'
chainrule 1 "Buying apples"
input price = 100
input count = 2
input tax   = 1.1
output total = price * count * tax
expect total == 220
expect d(total)/d(price) == 2.2
SPEC

cat > line.csv <<'ROWS'
x,t
0,1
1,3
2,5
3,7
ROWS

cat > line.graph <<'SPEC'
dim N
input x: [N]
input t: [N]
param w = 0
param b = 0
output y = w * x + b
loss = mse(y, t)
data rows { x = csv("line.csv", "x") ; t = csv("line.csv", "t") }
train {
  minimize  = loss
  optimizer = sgd(lr = 0.1)
  steps     = 200
  data      = rows
}
SPEC

arguments() { # arguments VERB: what to run it with; one line a verb
    case $1 in
        bench) echo "line.graph --seconds 0.01" ;;
        check) echo "apple.graph line.graph" ;;
        diff) echo "apple.graph apple.graph" ;;
        draw) echo "apple.graph" ;;
        eval) echo "first" ;;
        explain) echo "G103" ;;
        export) echo "apple.graph --out exported-$RANDOM.py" ;;
        fmt) echo "apple.graph" ;;
        grad) echo "apple.graph" ;;
        gradcheck) echo "line.graph" ;;
        new) echo "mlp --out new-$RANDOM.graph" ;;
        plot) echo "first curves" ;;
        predict) echo "first --inputs line.csv --out predicted.csv" ;;
        quiz) echo "apple.graph" ;;
        run) echo "apple.graph" ;;
        show) echo "apple.graph --after graph" ;;
        step) echo "apple.graph" ;;
        test) echo "apple.graph" ;;
        train) echo "line.graph --run run-$RANDOM" ;;
        *) echo "verbs.sh has no line for the verb '$1'" >&2 && return 1 ;;
    esac
}

"$chainrule" train line.graph --run first > /dev/null # eval and predict need a run
verbs=$("$chainrule" --help | awk '/^Commands:/ { inside = 1; next } inside && /^  [a-z]/ { print $1 }')
[ -n "$verbs" ] || { echo "'chainrule --help' lists no verb"; exit 1; }

for verb in $verbs; do
    if [ "$verb" = import ]; then # needs the extra `onnx`, and says so
        "$chainrule" import --help > /dev/null
        ! "$chainrule" import net.onnx > output.txt 2>&1
        grep -q "chainrule\[onnx\]" output.txt || { cat output.txt; exit 1; }
        continue
    fi
    if [ "$verb" = play ]; then # serves until it is stopped, and needs the extra `play`
        "$chainrule" play --help > /dev/null
        ! "$chainrule" play --no-browser apple.graph > output.txt 2>&1
        grep -q "chainrule\[play\]" output.txt || { cat output.txt; exit 1; }
        continue
    fi
    line=$(arguments "$verb")
    echo "chainrule $verb $line"
    "$chainrule" "$verb" --help > /dev/null
    # shellcheck disable=SC2086 # the line is several words
    "$chainrule" "$verb" $line < /dev/null > output.txt || { cat output.txt; exit 1; }
    line=$(arguments "$verb")
    # shellcheck disable=SC2086
    "$chainrule" "$verb" $line --json < /dev/null > output.json || { cat output.json; exit 1; }
    "$(dirname "$chainrule")/python" -m json.tool output.json > /dev/null || { cat output.json; exit 1; }
done
