use rand::SeedableRng;

use super::*;

#[test]
fn modulations_are_read_as_they_are_written() {
    let modulation: Modulation = "factor=3 share=5% mean=10s".parse().unwrap();
    assert_eq!((modulation.factor, modulation.share), (3.0, 0.05));
    assert_eq!(modulation.to_string(), "factor=3 share=5% mean=10s");
    assert_eq!("mean=10s share=0.05 factor=3".parse(), Ok(modulation));
}

#[test]
fn what_is_no_modulation_is_refused_with_what_is_wrong() {
    for (text, wrong) in [
        ("factor=3 share=5%", "it needs mean="),
        ("factor=0.5 share=5% mean=1s", "factor=0.5 must be"),
        ("factor=3 share=100% mean=1s", "share=100% must be"),
        ("factor=3 share=5% mean=soon", "mean=soon must be"),
        ("factor=3 factor=3", "factor stands there twice"),
        ("factor=3 share=5% mean=1s speed=3", "there is no \"speed\""),
        ("slow", "\"slow\" is no term"),
    ] {
        let refused = text.parse::<Modulation>().unwrap_err().to_string();
        assert!(refused.contains(wrong), "{refused}");
        assert!(
            refused.contains("write factor=3 share=5% mean=10s"),
            "{refused}"
        );
    }
}

#[test]
fn what_advances_at_changing_speeds_takes_the_time_that_they_add_up_to() {
    let modulation = "factor=4 share=25% mean=1s".parse().unwrap();
    let dice = Dice::seed_from_u64(3);
    let mut trajectory = Trajectory::new(modulation, [1.0, 0.25], dice);
    // Three quarters of the time at speed 1, one quarter at a quarter of it.
    let speed = 0.75 + 0.25 * 0.25;
    let (steps, amount) = (20_000, 1e6);
    let end = (0..steps).fold(Moment::default(), |at, _| trajectory.after(at, amount));
    let measured = f64::from(steps) * amount / end.as_micros() as f64;
    assert!(
        (measured / speed - 1.0).abs() < 0.02,
        "{measured}, not {speed}"
    );
}

#[test]
fn it_advances_no_less_in_many_steps_than_in_one() {
    let modulation = "factor=4 share=25% mean=1s".parse().unwrap();
    let dice = Dice::seed_from_u64(4);
    let mut one = Trajectory::new(modulation, [1.0, 0.25], dice);
    let mut many = one.clone();
    let whole = one.after(Moment::default(), 4e7);
    let end = (0..40).fold(Moment::default(), |at, _| many.after(at, 1e6));
    // Each step is rounded to a microsecond.
    assert!(
        whole.as_micros().abs_diff(end.as_micros()) <= 40 * 4,
        "{whole}, not {end}"
    );
}
