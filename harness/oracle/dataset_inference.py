"""Writes metrics/testdata/dataset_inference.json: the set test of numpy and
scipy on features of our own.

    .cache/peers/venv/bin/python harness/oracle/dataset_inference.py

Halves are drawn with philox.py; clipping is numpy's quantile, the classifier
scipy.optimize's minimum of the penalised log-loss, the test ttest_ind of
unequal variances, members above others.
"""

import json
import pathlib

import numpy
import scipy.optimize
import scipy.stats
from philox import Rng

FILE = pathlib.Path(__file__).parents[2] / "metrics/testdata"
CASES = [  # texts of each class, shift of the second feature, splits, seed
    (8, 2.0, 1, 0), (21, 0.7, 1, 3), (40, 0.4, 5, 1), (40, -0.5, 4, 0)]


def halves(count, split, member, seed):
    """Places among the class's own: for training, for the test."""
    order = Rng(seed, f"dataset_inference {split} "
                f"{'true' if member else 'false'}").permutation(count)
    training = [k for k in range(count) if 2 * k < count]
    return [order[k] for k in training], order[len(training):]


def fitted(x, y):
    """Logistic regression, C = 1, constant not penalised."""
    def loss(w):
        z = x @ w[:-1] + w[-1]
        return (numpy.logaddexp(0, z) - y * z).sum() + 0.5 * w[:-1] @ w[:-1]

    def slope(w):
        p = 1 / (1 + numpy.exp(-(x @ w[:-1] + w[-1])))
        return numpy.append(x.T @ (p - y) + w[:-1], (p - y).sum())

    return scipy.optimize.minimize(
        loss, numpy.zeros(x.shape[1] + 1), jac=slope, method="BFGS",
        options={"gtol": 1e-10, "maxiter": 1000}).x[:-1]


def one_split(members, others, split, seed):
    a, a_test = halves(len(members), split, True, seed)
    b, b_test = halves(len(others), split, False, seed)
    training = numpy.concatenate([members[a], others[b]])
    low, high = numpy.quantile(training, [0.025, 0.975], axis=0)
    clipped = training.clip(low, high)
    mean, spread = clipped.mean(0), clipped.std(0)
    scale = numpy.where(spread > 1e-12, 1 / numpy.maximum(spread, 1e-12), 0)

    def ready(x):
        return (x.clip(low, high) - mean) * scale

    y = numpy.repeat([1.0, 0.0], [len(a), len(b)])
    w = fitted(ready(training), y)
    s, t = ready(members[a_test]) @ w, ready(others[b_test]) @ w
    p = scipy.stats.ttest_ind(s, t, equal_var=False,
                              alternative="greater").pvalue
    pooled = numpy.sqrt(((len(s) - 1) * s.var(ddof=1)
                         + (len(t) - 1) * t.var(ddof=1))
                        / (len(s) + len(t) - 2))
    return p, (s.mean() - t.mean()) / pooled


def main():
    random = numpy.random.default_rng(2)
    cases = []
    for each, shift, splits, seed in CASES:
        members, others = random.normal(size=(2, each, 4)).round(3)
        members[:, 1] += shift
        members[:, 3] = others[:, 3] = 2.5  # the same for all
        members[0, 0] = 1e6  # far from all others
        found = numpy.array([one_split(members, others, s, seed)
                             for s in range(splits)])
        cases.append({
            "members": members.tolist(), "others": others.tolist(),
            "splits": splits, "seed": seed,
            "p": min(1, 2 * numpy.median(found[:, 0])),
            "d": numpy.median(found[:, 1])})
        print(each, shift, cases[-1]["p"], cases[-1]["d"])
    (FILE / "dataset_inference.json").write_text(json.dumps(cases) + "\n")


if __name__ == "__main__":
    main()
