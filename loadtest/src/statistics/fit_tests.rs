use super::*;

fn drawn(count: usize, seed: u64, of: impl Fn(f64) -> f64) -> Vec<f64> {
    let mut dice = Xoshiro256PlusPlus::seed_from_u64(seed);
    (0..count).map(|_| of(1.0 - dice.random::<f64>())).collect()
}

fn exponential_samples(count: usize, seed: u64) -> Vec<f64> {
    drawn(count, seed, |u| -0.2 * u.ln())
}

#[test]
fn the_distance_of_a_few_samples_is_as_by_hand() {
    // Mean 1: the probabilities of 0.5 and 1.5 are 0.3935 and 0.7769, the steps 0, 0.5 and 1.
    let fit = exponential(&[0.5, 1.5]).unwrap();
    assert_eq!(fit.mean, 1.0);
    assert!((fit.distance - 0.3935).abs() < 0.0001, "{fit:?}");
}

/// Stephens (1974), table 1.2: the modified distance exceeds these with these probabilities.
#[test]
fn the_trials_give_the_probabilities_of_the_table() {
    for size in [20, TRIAL_SIZE_MAX] {
        for (modified, probability) in [(0.926, 0.15), (0.990, 0.10), (1.094, 0.05)] {
            let expected = f64::from(TRIALS) * probability;
            let found = f64::from(exceeding(modified, size));
            let deviation = (expected * (1.0 - probability)).sqrt();
            // The table itself is rounded, and the same for all sizes: a few tenths of a percent.
            let allowed = 4.0 * deviation + 0.003 * f64::from(TRIALS);
            assert!(
                (found - expected).abs() < allowed,
                "{size}, {modified}: {found} instead of {expected}"
            );
        }
    }
}

#[test]
fn exponential_samples_are_seldom_refused() {
    let refused = (0..40).filter(|seed| {
        let fit = exponential(&exponential_samples(30, *seed)).unwrap();
        fit.p_value < 0.05
    });
    // Of 40 with probability 0.05 more than 7 are refused once in 1,400 times.
    assert!(refused.count() <= 7);
}

#[test]
fn samples_that_are_not_exponential_are_refused() {
    let uniform = exponential(&drawn(300, 1, |u| u)).unwrap();
    let constant = exponential(&[0.2; 50]).unwrap();
    for fit in [uniform, constant] {
        assert!(fit.p_value < 0.001 && fit.distance > 0.1, "{fit:?}");
    }
}

#[test]
fn nothing_is_fitted_to_what_has_no_mean_or_no_spread_to_judge() {
    assert_eq!(exponential(&[]), None);
    assert_eq!(exponential(&[1.0]), None);
    assert_eq!(exponential(&[0.0, 0.0]), None);
}

#[test]
fn exponential_samples_lie_along_the_diagonal() {
    let samples = exponential_samples(20_000, 9);
    let points = qq(&samples, 200);
    assert!((100..=201).contains(&points.len()), "{}", points.len());
    let inner = points.iter().filter(|(x, _)| (0.05..0.8).contains(x));
    for (theory, sample) in inner {
        assert!((sample / theory - 1.0).abs() < 0.08, "{theory} {sample}");
    }
    let longest = samples.iter().copied().fold(0.0, f64::max);
    assert_eq!(points.last().unwrap().1, longest);
    assert!(qq(&[], 10).is_empty());
}
