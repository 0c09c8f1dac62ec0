"""The random streams of harness/base/rng.h, so that a peer draws the same."""

MASK32, MASK64 = 2**32 - 1, 2**64 - 1


def block(counter, key):
    """Philox4x32-10: four 32-bit numbers of a counter under a key."""
    c, k = list(counter), list(key)
    for _ in range(10):
        even, odd = 0xD2511F53 * c[0], 0xCD9E8D57 * c[2]
        c = [(odd >> 32) ^ c[1] ^ k[0], odd & MASK32,
             (even >> 32) ^ c[3] ^ k[1], even & MASK32]
        k = [(k[0] + 0x9E3779B9) & MASK32, (k[1] + 0xBB67AE85) & MASK32]
    return c


def halves(number):
    return [number & MASK32, number >> 32]


class Rng:
    def __init__(self, seed, name):
        digest = 0xCBF29CE484222325  # FNV-1a
        for byte in name.encode():
            digest = ((digest ^ byte) * 0x100000001B3) & MASK64
        low, high, _, _ = block(halves(digest) + [0, 0], halves(seed))
        self.key, self.position = [low, high], 0

    def next(self):
        low, high, _, _ = block(halves(self.position) + [0, 0], self.key)
        self.position += 1
        return high << 32 | low

    def uniform(self):
        return (self.next() >> 11) * 2.0**-53

    def below(self, n):
        product = self.next() * n
        while (product & MASK64) < (2**64 - n) % n:
            product = self.next() * n
        return product >> 64

    def permutation(self, n):
        order = list(range(n))
        for left in range(n, 1, -1):
            other = self.below(left)
            order[left - 1], order[other] = order[other], order[left - 1]
        return order
