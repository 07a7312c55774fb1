use rand::SeedableRng;
use rand::rngs::StdRng;

use super::*;

const ALL: [Shape; 6] = [
    Shape::Exp,
    Shape::ShiftedExp { constant: 0.3 },
    Shape::Const,
    Shape::Uniform { spread: 0.4 },
    Shape::PARETO,
    Shape::BIMODAL,
];

/// The mean, by the midpoint rule over the survival probability.
fn mean(distribution: &Shape) -> f64 {
    let steps = 1_000_000;
    let width = 1.0 / f64::from(steps);
    (0..steps)
        .map(|step| distribution.at((f64::from(step) + 0.5) * width) * width)
        .sum()
}

#[test]
fn all_distributions_have_the_mean_that_was_asked_for() {
    for distribution in &ALL {
        let mean = mean(distribution);
        assert!((mean - 1.0).abs() < 0.001, "{distribution:?}: {mean}");
    }
}

#[test]
fn the_longest_and_the_shortest_draw_are_finite_and_positive() {
    for distribution in &ALL {
        for u in [f64::EPSILON / 2.0, 1.0] {
            let time = distribution.at(u);
            assert!(
                time.is_finite() && time >= 0.0,
                "{distribution:?} at {u}: {time}"
            );
        }
    }
}

#[test]
fn one_in_ten_bimodal_draws_is_ten_times_as_long() {
    let slow = Shape::BIMODAL.at(BIMODAL_SLOW);
    let fast = Shape::BIMODAL.at(BIMODAL_SLOW + 1e-9);
    assert!((slow / fast - 10.0).abs() < 1e-9);
    assert!((0.9 * fast + 0.1 * slow - 1.0).abs() < 1e-9);
}

#[test]
fn the_same_dice_give_the_same_times() {
    let exp = Distribution::new(Shape::Exp, Duration::from_secs(1));
    let draw = |seed| exp.draw(&mut StdRng::seed_from_u64(seed));
    assert_eq!(draw(7), draw(7));
    assert_ne!(draw(7), draw(8));
}
