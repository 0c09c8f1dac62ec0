"""Writes harness/base/testdata/privacy.json: what Opacus's RDPAccountant gives
for the Poisson-sampled Gaussian mechanism, and its divergences integrated with
mpmath to 30 digits.

    python3 -m venv .cache/privacy
    .cache/privacy/bin/pip install --no-deps opacus==1.5.4
    .cache/privacy/bin/pip install numpy==2.4.6 scipy==1.16.3 mpmath==1.4.1
    .cache/privacy/bin/python harness/oracle/privacy_values.py

Opacus's accountants need numpy and scipy only; the parts of the package that
want torch are left out.
"""

import importlib.metadata
import importlib.util
import json
import pathlib
import sys
import types
import warnings

import mpmath

FILE = pathlib.Path(__file__).parents[2] / "harness/base/testdata/privacy.json"


def opacus_accountants():
    package = types.ModuleType("opacus")
    package.__path__ = list(
        importlib.util.find_spec("opacus").submodule_search_locations)
    optimizers = types.ModuleType("opacus.optimizers")
    optimizers.DPOptimizer = object
    sys.modules.update({"opacus": package, "opacus.optimizers": optimizers})
    from opacus.accountants import RDPAccountant, utils
    return RDPAccountant(), utils.get_noise_multiplier


def epsilons(accountant):
    for rate in (1e-6, 1e-4, 0.003, 0.05, 0.3, 0.7, 1.0):
        for noise in (0.3, 0.5, 0.8, 1.0, 1.7, 5.0, 30.0):
            for steps, delta in ((1, 1e-5), (40, 1e-2), (3000, 1e-6),
                                 (1_000_000, 1e-9)):
                accountant.history = [(noise, rate, steps)]
                yield {"rate": rate, "noise": noise, "steps": steps,
                       "delta": delta,
                       "epsilon": accountant.get_epsilon(delta=delta)}


def composed(accountant):
    parts = [(1.0, 0.01, 500), (2.5, 0.04, 200), (0.7, 0.002, 1000)]
    accountant.history = parts
    return {"steps": [{"noise": n, "rate": q, "steps": s}
                      for n, q, s in parts],
            "delta": 1e-5, "epsilon": accountant.get_epsilon(delta=1e-5)}


def noises(get_noise_multiplier):
    for epsilon, delta, rate, steps in (
            (0.5, 1e-5, 0.01, 1000), (8, 1e-5, 0.01, 1000), (3, 1e-6, 1.0, 20),
            (1, 1e-7, 1e-3, 50_000), (50, 1e-4, 0.2, 300)):
        yield {"epsilon": epsilon, "delta": delta, "rate": rate,
               "steps": steps, "noise": get_noise_multiplier(
                   target_epsilon=epsilon, target_delta=delta,
                   sample_rate=rate, steps=steps, epsilon_tolerance=1e-9)}


def divergence(rate, noise, order):
    """log E[((1 - q) + q e^{(2z - 1) / 2 sigma^2})^a] / (a - 1), integrated."""
    q, sigma, a = map(mpmath.mpf, (rate, noise, order))

    def density(z):
        ratio = (1 - q) + q * mpmath.exp((2 * z - 1) / (2 * sigma**2))
        return mpmath.npdf(z, 0, sigma) * ratio**a

    # Its peaks lie in [0, a].
    low, high = -15 * sigma, a + 15 * sigma
    parts = int((high - low) / sigma) + 1
    moment = mpmath.quad(density, mpmath.linspace(low, high, parts + 1))
    return float(mpmath.log(moment) / (a - 1))


def divergences():
    orders = [1.1, 1.5, 2, 2.5, 3, 7.3, 10.9, 12, 32, 63]
    for rate in (1e-4, 0.01, 0.4, 0.9, 1.0):
        for noise in (0.5, 1.0, 4.0):
            yield {"rate": rate, "noise": noise, "orders": orders,
                   "rdp": [divergence(rate, noise, order)
                           for order in orders]}


def main():
    warnings.simplefilter("ignore")  # of orders at the ends of their range
    mpmath.mp.dps = 30
    accountant, get_noise_multiplier = opacus_accountants()
    values = {
        "peers": {name: importlib.metadata.version(name)
                  for name in ("opacus", "mpmath")},
        "epsilon": list(epsilons(accountant)),
        "composed": composed(accountant),
        "noise": list(noises(get_noise_multiplier)),
        "divergence": list(divergences()),
    }
    rows = ",\n".join(
        f'"{key}": ' + ("[\n" + ",\n".join(map(json.dumps, value)) + "\n]"
                        if isinstance(value, list) else json.dumps(value))
        for key, value in values.items())
    FILE.write_text("{\n" + rows + "\n}\n")


if __name__ == "__main__":
    main()
