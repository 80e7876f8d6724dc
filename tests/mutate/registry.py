# SPDX-License-Identifier: Apache-2.0
"""The mutations by name. Each is a function of a random generator and the
bytes of a file (a bytearray of its own) that returns the mutated bytes; its
first line of documentation is what --help says. None: the file has not what
it takes."""
import random

import layout

TABLE = {}


def mutation(function):
    name = function.__name__.replace('_', '-')
    assert name not in TABLE, name
    TABLE[name] = function
    return function


def in_a_chunk(function):
    """A mutation of some of the chunks: function(rng, data, chunk) changes
    the bytes in place and returns False where it cannot. The checksums are
    made right again in half of the cases."""
    def whole(rng, data):
        places = layout.chunks(data)
        rng.shuffle(places)
        done = 0
        for chunk in places[:1 + len(places) // 3]:
            if function(rng, data, chunk) is not False:
                done += 1
                if rng.random() < 0.5:
                    layout.seal(data, chunk)
        return data if done else None
    whole.__name__ = function.__name__
    whole.__doc__ = function.__doc__
    return mutation(whole)


def mutate(name, seed, data):
    """The same name, seed and bytes give the same result."""
    rng = random.Random('%s %d %d' % (name, seed, len(data)))
    out = TABLE[name](rng, bytearray(data))
    return None if out is None else bytes(out)


def some(rng, things, most=3):
    things = list(things)
    return rng.sample(things, min(len(things), rng.randint(1, most)))
