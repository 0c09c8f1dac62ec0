"""Writes harness/base/testdata/statistics.json: intervals, tests and effects of
scipy, statsmodels and scikit-learn on numbers of our own, edge cases included.

    python3 -m venv .cache/stats
    .cache/stats/bin/pip install numpy==2.4.6 scipy==1.17.1 statsmodels==0.15.0 \
        scikit-learn==1.9.1
    .cache/stats/bin/python harness/oracle/statistics_values.py

Without a peer's function stand Tango's interval (scipy.optimize on the profile
likelihood), DeLong's test (numpy, all pairs), mid-p (scipy's binomial) and
McNemar's detectable share (scipy.optimize).
"""

import json
import pathlib

import numpy
import scipy
import sklearn
import statsmodels
from scipy import optimize, stats
from sklearn import metrics
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.power import TTestPower
from statsmodels.stats.proportion import proportion_confint

FILE = (pathlib.Path(__file__).parents[2]
        / "harness/base/testdata/statistics.json")
Z = stats.norm.ppf(0.975)
POWER_Z = stats.norm.ppf(0.8)


def proportions():
    for n in (1, 2, 3, 10, 40, 200, 1000):
        for k in sorted({0, 1, n // 3, n // 2, n - 1, n}):
            wilson = proportion_confint(k, n, 0.05, "wilson")
            exact = proportion_confint(k, n, 0.05, "beta")
            exact = [0.0 if k == 0 else exact[0], 1.0 if k == n else exact[1]]
            yield {"k": k, "n": n, "wilson": list(map(float, wilson)),
                   "clopper_pearson": list(map(float, exact))}


def changes():
    pairs = [(0, 0), (1, 0), (0, 1), (1, 1), (5, 0), (0, 6), (3, 3), (2, 9),
             (10, 25), (50, 50), (120, 80), (700, 500)]
    for lost, gained in pairs:
        table = [[0, lost], [gained, 0]]
        n = lost + gained
        point = stats.binom.pmf(min(lost, gained), n, 0.5)
        exact = mcnemar(table, exact=True).pvalue if n else 1.0
        mid = (1.0 if n == 0 else 1 - point / 2 if lost == gained
               else exact - point)
        yield {"lost": lost, "gained": gained, "exact": float(exact),
               "mid_p": float(mid)}


def profile(lost, gained, n, truth):
    """Score of `truth`, with the likeliest share of lost items under it."""
    def loss(share):  # share lost; gained is share + truth
        rest = 1 - 2 * share - truth
        return -(stats_xlogy(lost, share) + stats_xlogy(gained, share + truth)
                 + stats_xlogy(n - lost - gained, rest))

    low, high = max(0.0, -truth), (1 - truth) / 2
    found = optimize.minimize_scalar(loss, (low, high), bounds=(low, high),
                                     method="bounded",
                                     options={"xatol": 1e-14}).x

    def slope(share):
        rest = 1 - 2 * share - truth
        return (lost / share + gained / (share + truth)
                - 2 * (n - lost - gained) / rest)

    tiny = 1e-15
    if lost + gained == n:
        found = high
    elif slope(low + tiny) > 0 > slope(high - tiny):
        found = optimize.brentq(slope, low + tiny, high - tiny, xtol=1e-16,
                                rtol=1e-15)
    elif slope(low + tiny) <= 0:
        found = low
    return ((n * truth - (gained - lost))
            / numpy.sqrt(n * (2 * found + truth * (1 - truth))))


def stats_xlogy(x, y):
    return scipy.special.xlogy(x, numpy.maximum(y, 0))


def tango():
    cases = [(0, 0, 1), (0, 0, 40), (1, 0, 44), (0, 1, 44), (9, 2, 30),
             (2, 9, 30), (5, 5, 10), (0, 10, 10), (10, 0, 10), (30, 45, 400),
             (1, 0, 1)]
    for lost, gained, n in cases:
        seen = (gained - lost) / n

        def bound(side, low, high):
            return optimize.brentq(
                lambda t: profile(lost, gained, n, t) - side * Z, low, high,
                xtol=1e-15, rtol=1e-14)

        edge = 1 - 1e-12
        low = -1.0 if lost == n else bound(-1, -edge, max(seen - 1e-12, -edge))
        high = 1.0 if gained == n else bound(1, min(seen + 1e-12, edge), edge)
        yield {"lost": lost, "gained": gained, "n": n, "low": low,
               "high": high}


def difference_sets(rng):
    return {
        "one": [0.3], "two": [0.3, -0.1], "zeros": [0.0] * 5,
        "alike": [0.25] * 6, "ties": [1.0, -1.0, 1.0, 1.0, 0.0, 0.0, -1.0, 1.0],
        "tenths": [0.1, 0.2, -0.3, 0.4, 0.1, -0.2],
        "small": rng.normal(0.2, 1, 9).tolist(),
        "skewed": rng.lognormal(0, 1, 15).tolist(),
        "many": rng.normal(0.15, 1, 60).tolist(),
        "rare": [0.0] * 50 + rng.normal(0.5, 1, 10).tolist(),
    }


def detectable(n):
    """As TTestPower, whose solver stops at 1e-7 and which is NaN where the far
    tail is nothing."""
    bound = stats.t.ppf(0.975, n - 1)

    def lacks(shift):
        return (stats.nct.sf(bound, n - 1, shift)
                + numpy.nan_to_num(stats.nct.cdf(-bound, n - 1, shift)) - 0.8)

    shift = optimize.brentq(lacks, 1e-6, 20, xtol=1e-15, rtol=1e-14)
    if n > 2:
        peer = TTestPower().power(shift / n ** 0.5, n, 0.05)
        assert abs(peer - 0.8) < 1e-12, peer
    return float(shift / n ** 0.5)


def differences(rng):
    for name, values in difference_sets(rng).items():
        d = numpy.array(values)
        row = {"name": name, "values": values}
        if numpy.count_nonzero(d) <= 16:
            changed = d[d != 0]
            row["sign_flip"] = float(stats.permutation_test(
                (changed,), numpy.mean, permutation_type="samples",
                n_resamples=numpy.inf).pvalue) if len(changed) > 1 else 1.0
        if len(d) > 1 and len(set(values)) > 1:
            error = stats.sem(d)
            row["dz"] = float(d.mean() / d.std(ddof=1))
            row["error"] = float(error)
            row["detectable"] = detectable(len(d)) * float(d.std(ddof=1))
        yield row


def delong(a, b, labels):
    """Components over all pairs, as the paper's equations."""
    def parts(scores):
        x, y = scores[labels == 1], scores[labels == 0]
        wins = ((x[:, None] > y).astype(float)
                + 0.5 * (x[:, None] == y))
        return wins.mean(1), wins.mean(0)

    (m_a, o_a), (m_b, o_b) = parts(a), parts(b)
    difference = (metrics.roc_auc_score(labels, b)
                  - metrics.roc_auc_score(labels, a))
    s_m = numpy.cov(m_a, m_b)
    s_o = numpy.cov(o_a, o_b)
    contrast = numpy.array([-1, 1])
    variance = (contrast @ s_m @ contrast / len(m_a)
                + contrast @ s_o @ contrast / len(o_a))
    error = numpy.sqrt(variance)
    return {"a": a.tolist(), "b": b.tolist(), "labels": labels.tolist(),
            "auroc_a": float(metrics.roc_auc_score(labels, a)),
            "auroc_b": float(metrics.roc_auc_score(labels, b)),
            "difference": float(difference), "error": float(error),
            "p": float(2 * stats.norm.sf(abs(difference) / error)),
            "low": float(difference - Z * error),
            "high": float(difference + Z * error)}


def rankings(rng):
    labels = numpy.array([1] * 25 + [0] * 35)
    a = rng.normal(0, 1, 60) + labels
    b = a + rng.normal(0, 1, 60) - 0.5 * labels
    yield delong(a, b, labels)
    yield delong(numpy.round(a), numpy.round(b), labels)  # ties
    yield delong(a + 10 * labels, b, labels)              # a separates
    two = numpy.array([1, 1, 0, 0])
    yield delong(numpy.array([1.0, 3, 2, 0]), numpy.array([1.0, 0, 2, 3]), two)


def shares():
    for changed, n in [(0, 20), (1, 40), (5, 40), (40, 400), (200, 400),
                       (400, 400), (0, 4)]:
        def lacks(effect):
            among = max(changed / n, effect)
            return n * effect ** 2 - (
                Z * numpy.sqrt(among)
                + POWER_Z * numpy.sqrt(among - effect ** 2)) ** 2

        found = (None if lacks(1) < 0
                 else optimize.brentq(lacks, 1e-9, 1, xtol=1e-15))
        yield {"changed": changed, "n": n, "detectable": found}


def ratios(rng):
    for n in (2, 30):
        tokens = rng.integers(1, 50, n).astype(float)
        nll = tokens * rng.normal(2, 0.5, n)
        ratio = nll.sum() / tokens.sum()
        rest = nll - ratio * tokens  # survey sampling's linearisation
        yield {"numerators": nll.tolist(), "denominators": tokens.tolist(),
               "error": float(numpy.sqrt(n) * rest.std(ddof=1)
                              / tokens.sum())}


def roc(rng):
    labels = numpy.array([1] * 30 + [0] * 50)
    for name, scores in {
            "normal": rng.normal(0, 1, 80) + labels,
            "ties": numpy.round(rng.normal(0, 1, 80) + labels),
            "equal": numpy.zeros(80), "separated": labels * 1.0,
            "reversed": -1.0 * labels}.items():
        fpr, tpr, _ = metrics.roc_curve(labels, scores,
                                        drop_intermediate=False)
        members, others = scores[labels == 1], scores[labels == 0]
        yield {"name": name, "members": members.tolist(),
               "others": others.tolist(),
               "auroc": float(metrics.roc_auc_score(labels, scores)),
               "tpr": {str(x): float(tpr[fpr <= x].max())
                       for x in (0.0, 0.01, 0.1, 1.0)},
               "greater": float(stats.mannwhitneyu(
                   members, others, alternative="greater").pvalue)
               if name != "equal" else 1.0,
               "ks": {"d": float(stats.ks_2samp(members, others).statistic),
                      "p": float(stats.ks_2samp(members, others).pvalue)}}


def families():
    for p in ([0.01], [0.04, 0.01, 0.03], [0.02, 0.02, 0.5, 0.9],
              [0.0, 1.0], [0.2] * 5):
        yield {"p": p, "holm": multipletests(p, method="holm")[1].tolist()}


def counts():
    for hits, n, other_hits, other_n in [(0, 5, 0, 5), (5, 5, 0, 5),
                                         (3, 40, 1, 60), (40, 40, 59, 60)]:
        table = [[hits, n - hits], [other_hits, other_n - other_hits]]
        yield {"hits": hits, "n": n, "other_hits": other_hits,
               "other_n": other_n,
               "fisher": float(stats.fisher_exact(
                   table, alternative="greater").pvalue),
               "binomial": float(stats.binomtest(
                   hits, n, 0.3, alternative="greater").pvalue)}


def means(rng):
    for values in ([0.5], [0.1, 0.2], rng.random(50).tolist()):
        yield {"values": values, "mean": float(numpy.mean(values))}


def main():
    rng = numpy.random.default_rng(8)
    golden = {
        "versions": {m.__name__: m.__version__
                     for m in (numpy, scipy, statsmodels, sklearn)},
        "proportions": list(proportions()), "changes": list(changes()),
        "tango": list(tango()), "differences": list(differences(rng)),
        "rankings": list(rankings(rng)), "shares": list(shares()),
        "ratios": list(ratios(rng)), "roc": list(roc(rng)),
        "families": list(families()), "counts": list(counts()),
        "means": list(means(rng))}
    FILE.parent.mkdir(exist_ok=True)
    lines = [f'  {json.dumps(key)}: ' + (
        json.dumps(value) if isinstance(value, dict) else
        "[\n    " + ",\n    ".join(map(json.dumps, value)) + "\n  ]")
        for key, value in golden.items()]
    FILE.write_text("{\n" + ",\n".join(lines) + "\n}\n")
    print(FILE, FILE.stat().st_size)


main()
