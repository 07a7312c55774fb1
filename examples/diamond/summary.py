"""A diamond of four functions: load, then centre and spread at once, then summary.

A function without dependencies gets the activation's parameters. One with dependencies gets the
values of those, each under its name.
"""

from math import sqrt


def load(args):
    """The numbers to describe: the parameter "numbers", or the first ten."""
    numbers = args.get("numbers", list(range(1, 11)))
    if not numbers:
        raise ValueError("there are no numbers to describe")
    return {"numbers": [float(number) for number in numbers]}


def centre(args):
    """Their mean and their median."""
    numbers = sorted(args["load"]["numbers"])
    half = len(numbers) // 2
    middle = numbers[half] if len(numbers) % 2 else (numbers[half - 1] + numbers[half]) / 2
    return {"mean": sum(numbers) / len(numbers), "median": middle}


def spread(args):
    """Their range and their standard deviation."""
    numbers = args["load"]["numbers"]
    mean = sum(numbers) / len(numbers)
    variance = sum((number - mean) ** 2 for number in numbers) / len(numbers)
    return {"low": min(numbers), "high": max(numbers), "deviation": sqrt(variance)}


def summary(args):
    """One sentence of it all."""
    centre, spread = args["centre"], args["spread"]
    return {
        "text": f"between {spread['low']:g} and {spread['high']:g}, "
        f"around {centre['mean']:g} (median {centre['median']:g}), "
        f"give or take {spread['deviation']:.3g}"
    }
