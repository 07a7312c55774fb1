//! What queueing theory knows in closed form. All rates are per second, all times in seconds.

/// The mean time in the queue of `servers` servers that share one, Poisson arrivals of rate
/// `arrival`, exponential services of rate `service` each: M/M/k, by Erlang's C formula.
///
/// A. K. Erlang, "Solution of some problems in the theory of probabilities of significance in
/// automatic telephone exchanges", Elektroteknikeren 13, 1917; `servers` = 1 gives M/M/1:
/// `rho / (service - arrival)`.
pub(crate) fn queue_wait(servers: u32, arrival: f64, service: f64) -> f64 {
    let offered = arrival / service;
    // Erlang's B by its recursion, which neither overflows nor cancels.
    let blocked = (1..=servers).fold(1.0, |blocked, server| {
        offered * blocked / (f64::from(server) + offered * blocked)
    });
    let free = 1.0 - offered / f64::from(servers);
    let waits = blocked / (free + (1.0 - free) * blocked);
    waits / (f64::from(servers) * service - arrival)
}

/// The mean response time of Redundancy-d: `servers` servers (k), a copy of every job at `copies`
/// (d) of them by chance, all cancelled when the first is done; jobs arrive at rate `arrival` per
/// server (lambda), and copies are independent and exponential, of rate `service` (mu).
///
/// ```text
/// E[T] = sum over i = d..k of  1 / ( k mu C(k-1, d-1) / C(i-1, d-1) - k lambda )
/// ```
///
/// Theorem 2 of K. Gardner, M. Harchol-Balter, A. Scheller-Wolf, M. Velednitsky and S. Zbarsky,
/// "Redundancy-d: The power of d choices for redundancy", Operations Research 65(4), 2017. For
/// d = 1 each of the k terms is `1 / (k (mu - lambda))`: M/M/1. For d = k there is one term,
/// `1 / (k mu - k lambda)`: M/M/1 at k times the rates. For lambda = 0 it is `1 / (d mu)`, the
/// least of d services, since the C(i-1, d-1) add up to C(k, d) = C(k-1, d-1) k / d.
pub(crate) fn redundancy_response(servers: u32, copies: u32, arrival: f64, service: f64) -> f64 {
    let all = f64::from(servers);
    // C(i-1, d-1) / C(k-1, d-1), as a product.
    let share = |i: u32| {
        let factors = 1..copies;
        factors
            .map(|step| f64::from(i - step) / f64::from(servers - step))
            .product::<f64>()
    };
    let terms = (copies..=servers).map(|i| 1.0 / (all * service / share(i) - all * arrival));
    terms.sum()
}

/// The limit of [`redundancy_response`] for d = 2 and ever more servers:
/// `(mu ln(mu / (mu - lambda)) - lambda) / lambda^2`, the integral of `x / (mu - lambda x)` from 0
/// to 1 (the same paper, section 5).
pub(crate) fn redundancy_of_two_limit(arrival: f64, service: f64) -> f64 {
    let idle = service / (service - arrival);
    (service * idle.ln() - arrival) / (arrival * arrival)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assert_equal(one: f64, other: f64) {
        assert!((one / other - 1.0).abs() < 1e-9, "{one}, not {other}");
    }

    #[test]
    fn one_server_waits_as_pollaczek_and_khinchine_say() {
        assert_equal(queue_wait(1, 0.5, 1.0), 1.0);
        assert_equal(queue_wait(1, 0.8, 1.0), 4.0);
        assert_equal(queue_wait(1, 8.0, 10.0), 0.4);
    }

    #[test]
    fn many_servers_wait_as_erlang_says() {
        // C(2, 1.6) = 1.28 / (0.2 (1 + 1.6) + 1.28) = 0.7111, over 2 - 1.6.
        assert_equal(queue_wait(2, 1.6, 1.0), 1.28 / 1.8 / 0.4);
        // Published tables: C(10, 8) = 0.4092.
        assert!((queue_wait(10, 8.0, 1.0) * 2.0 - 0.4092).abs() < 1e-4);
    }

    #[test]
    fn redundancy_is_what_it_is_known_to_be_at_its_ends() {
        for arrival in [1e-9, 0.3, 0.9] {
            assert_equal(
                redundancy_response(10, 1, arrival, 1.0),
                1.0 / (1.0 - arrival),
            );
            assert_equal(
                redundancy_response(7, 7, arrival, 1.0),
                1.0 / 7.0 / (1.0 - arrival),
            );
            let limit = redundancy_response(10_000_000, 2, arrival, 1.0);
            if arrival > 0.1 {
                assert!((limit / redundancy_of_two_limit(arrival, 1.0) - 1.0).abs() < 1e-5);
            }
        }
        for copies in 1..=5 {
            let idle = redundancy_response(5, copies, 1e-12, 2.0);
            assert_equal(idle, 0.5 / f64::from(copies));
        }
    }

    #[test]
    fn redundancy_of_two_among_three_servers_is_as_worked_out_by_hand() {
        // C(2, 1) = 2 over C(1, 1) = 1 doubles the rate of the first of two terms.
        let terms = 1.0 / (3.0 * 2.0 - 1.5) + 1.0 / (3.0 - 1.5);
        assert_equal(redundancy_response(3, 2, 0.5, 1.0), terms);
    }
}
