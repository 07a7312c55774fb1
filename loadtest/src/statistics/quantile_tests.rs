use super::*;

#[test]
fn the_median_of_an_odd_number_of_samples_is_the_one_in_the_middle() {
    let samples = sorted(&[3.0, 1.0, 2.0]);
    assert_eq!(of_sorted(&samples, 0.5), Some(2.0));
    assert_eq!(of_sorted(&samples, 0.99), Some(3.0));
    assert_eq!(of_sorted(&samples, 0.01), Some(1.0));
    assert_eq!(of_sorted(&[], 0.5), None);
}

#[test]
fn a_share_of_hundred_samples_is_as_many_of_them() {
    for percent in 1..=100 {
        assert_eq!(rank(100, percent as f64 / 100.0), percent);
    }
}

/// W. J. Conover, "Practical Nonparametric Statistics", 3rd edition (1999), section 3.2: of the
/// median of 10 the 2nd and the 9th (97.9 %), of 20 the 6th and the 15th (95.9 %).
#[test]
fn the_median_lies_between_the_samples_that_the_tables_name() {
    assert_eq!(bounds(10, 0.5, 0.95), [Some(2), Some(9)]);
    assert_eq!(bounds(20, 0.5, 0.95), [Some(6), Some(15)]);
}

#[test]
fn few_samples_do_not_bound_what_is_beyond_them() {
    assert_eq!(bounds(1, 0.5, 0.95), [None, None]);
    assert_eq!(bounds(5, 0.5, 0.95), [None, None]);
    assert_eq!(bounds(6, 0.5, 0.95), [Some(1), Some(6)]);
    assert_eq!(bounds(367, 0.99, 0.95)[1], None);
    assert_eq!(bounds(368, 0.99, 0.95)[1], Some(368));
}

#[test]
fn the_standard_error_of_a_uniform_quantile_is_the_deviation_of_its_beta_distribution() {
    let count = 4_000;
    let samples: Vec<f64> = (1..=count)
        .map(|rank| f64::from(rank) / f64::from(count))
        .collect();
    for share in [0.01, 0.5, 0.9, 0.99] {
        let expected = (share * (1.0 - share) / f64::from(count)).sqrt();
        let off = standard_error(&samples, share) / expected - 1.0;
        assert!(off.abs() < 0.03, "{share}: {off}");
    }
}

#[test]
fn the_last_sample_has_no_standard_error() {
    assert_eq!(standard_error(&[1.0], 0.5), f64::INFINITY);
    assert_eq!(standard_error(&[1.0; 99], 0.99), f64::INFINITY);
    assert_eq!(standard_error(&[1.0; 101], 0.99), 0.0);
}
