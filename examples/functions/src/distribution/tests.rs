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

/// Mean and squared coefficient of variation of so many draws.
fn sampled(distribution: &Distribution, draws: u32) -> (f64, f64) {
    let mut dice = StdRng::seed_from_u64(5);
    let times: Vec<f64> = (0..draws)
        .map(|_| distribution.draw(&mut dice).as_secs_f64())
        .collect();
    let mean = times.iter().sum::<f64>() / times.len() as f64;
    let deviation = |time: &f64| (time - mean).powi(2);
    let variance = times.iter().map(deviation).sum::<f64>() / times.len() as f64;
    (mean, variance / (mean * mean))
}

#[test]
fn drawn_times_have_the_mean_and_the_variation_that_are_written() {
    let measured = [10, 20, 30, 340].map(Duration::from_millis);
    let mean = Duration::from_millis(100);
    let by_mean = [
        Shape::Exp,
        Shape::ShiftedExp { constant: 0.3 },
        Shape::Const,
        Shape::Uniform { spread: 0.4 },
        // Its fourth moment is finite, so that the sample's variation settles.
        Shape::Pareto { shape: 6.0 },
        Shape::Lognormal { cv: 0.5 },
        Shape::BIMODAL,
    ];
    let by_mean = by_mean.map(|shape| Distribution::new(shape, mean));
    for distribution in by_mean.iter().chain([&Distribution::empirical(measured)]) {
        let (mean, cv2) = sampled(distribution, 400_000);
        assert!((mean / 0.1 - 1.0).abs() < 0.01, "{distribution}: {mean}");
        let expected = distribution.cv2();
        let error = (cv2 - expected).abs();
        assert!(
            error <= 0.03 * expected + 1e-12,
            "{distribution}: {cv2} for {expected}"
        );
    }
}

#[test]
fn an_empirical_draw_is_one_of_the_samples_and_each_comes() {
    let samples = [1, 2, 3].map(Duration::from_secs);
    let distribution = Distribution::empirical(samples);
    let mut dice = StdRng::seed_from_u64(1);
    let drawn: std::collections::BTreeSet<_> =
        (0..100).map(|_| distribution.draw(&mut dice)).collect();
    assert_eq!(drawn.into_iter().collect::<Vec<_>>(), samples);
}

#[test]
fn the_variation_of_a_heavy_tail_has_no_bound() {
    let pareto = |shape| Distribution::new(Shape::Pareto { shape }, Duration::from_secs(1));
    assert_eq!(pareto(2.0).cv2(), f64::INFINITY);
    assert!((pareto(3.0).cv2() - 1.0 / 3.0).abs() < 1e-12);
}

#[test]
fn times_that_are_all_zero_do_not_vary() {
    let zero = |shape| Distribution::new(shape, Duration::ZERO);
    assert_eq!(zero(Shape::Exp).cv2(), 0.0);
    assert_eq!(Distribution::empirical([Duration::ZERO]).cv2(), 0.0);
    assert_eq!(
        zero(Shape::Exp).draw(&mut StdRng::seed_from_u64(1)),
        Duration::ZERO
    );
}

#[test]
fn the_widest_distributions_that_can_be_written_are_drawn_from() {
    for text in [
        "exp mean=1h",
        "pareto mean=1h shape=1.0000000001",
        "pareto mean=1h shape=1.03",
        "lognormal mean=1h cv=100",
        "bimodal mean=1h slow=1e-300 factor=1e6",
    ] {
        let distribution: Distribution = text.parse().unwrap();
        let mut dice = StdRng::seed_from_u64(3);
        let longest = (0..10_000).map(|_| distribution.draw(&mut dice)).max();
        assert!(longest > Some(Duration::ZERO), "{text}");
        // The worst that the dice could show.
        if !matches!(distribution.shape(), Shape::Lognormal { .. }) {
            let worst = distribution.shape().at(f64::EPSILON / 2.0);
            assert!(
                distribution.mean().mul_f64(worst) > Duration::ZERO,
                "{text}"
            );
        }
    }
}
