"""A table with gaps and texts, and a spec that fits its columns in every way."""

TABLE = """size,rooms,kind,town,extra,year,price
50,2,flat,a,1,1990,500
80,,flat,b,1,2000,700
120,5,house,,1,,1100
70,3,loft,b,1,1985,640
95,4,house,a,1,2010,900
"""

SPEC = """
dim N
input sizes: [N, 3]
input kind: [N, 4]
input town: [N, 3]
input scaled: [N, 2]
input age: [N]
input decade: [N, 3]
input place: int[N]
input t: [N, 1]
param W: [15, 1] = normal()
param E: [3, 1] = normal()
measures = concat(sizes, scaled, reshape(age, [N, 1]), axis = 1)
output y = concat(measures, kind, town, decade[:, :2], axis = 1) @ W + take(E, place)
loss = mse(y, t)
data rows {
  size = csv("rows.csv", "size")
  sizes = standardize(concat(size, fill(csv("rows.csv", "rooms"), mean), csv("rows.csv", "extra"), axis = 1))
  kind = one_hot(csv("rows.csv", "kind"), unknown = true)
  town = csv("rows.csv", "town") -> fill("none") -> one_hot
  scaled = scale(csv("rows.csv", ["size", "extra"]), low = -1, high = 2)
  age = log(2030 - fill(csv("rows.csv", "year"), median)) - mean(size) / 100
  decade = one_hot(floor(csv("rows.csv", "extra")), 3)
  place = fill(csv("rows.csv", "town"), "none")
  t = csv("rows.csv", "price") / 1000
}
train { minimize = loss; optimizer = sgd(lr = 0.001); epochs = 3; data = rows }
"""
