//! The Beta distribution, as far as a verdict on a rate needs it: how likely it is that the rate is below a bound, given
//! what was seen. Pure arithmetic of our own: one function, checked against known values.

/// Terms of the continued fraction; it converges within a few dozen for any counts.
const TERMS_MAX: u32 = 300;
const ENOUGH: f64 = 1e-12;
const TINY: f64 = 1e-300;

/// P(X < `x`) for X ~ Beta(`a`, `b`); `a` and `b` above 0, `x` from 0 to 1.
pub(super) fn below(x: f64, a: f64, b: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    if x >= 1.0 {
        return 1.0;
    }
    let front = (ln_gamma(a + b) - ln_gamma(a) - ln_gamma(b) + a * x.ln() + b * (-x).ln_1p()).exp();
    // The fraction converges fast on this side of the mean; the other side is its mirror.
    if x < (a + 1.0) / (a + b + 2.0) {
        (front * fraction(x, a, b) / a).clamp(0.0, 1.0)
    } else {
        (1.0 - front * fraction(1.0 - x, b, a) / b).clamp(0.0, 1.0)
    }
}

/// Lentz's evaluation of the incomplete Beta function's continued fraction (DLMF 8.17.22).
fn fraction(x: f64, a: f64, b: f64) -> f64 {
    let away_from_zero = |y: f64| if y.abs() < TINY { TINY } else { y };
    let mut d = 1.0 / away_from_zero(1.0 - (a + b) * x / (a + 1.0));
    let (mut c, mut h) = (1.0, d);
    for m in 1..=TERMS_MAX {
        let m = f64::from(m);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        let mut last = 1.0;
        for term in [even, odd] {
            d = 1.0 / away_from_zero(1.0 + term * d);
            c = away_from_zero(1.0 + term / c);
            last = c * d;
            h *= last;
        }
        if (last - 1.0).abs() < ENOUGH {
            break;
        }
    }
    h
}

/// ln Γ(x) for x > 0: Lanczos' approximation, g = 5.
fn ln_gamma(x: f64) -> f64 {
    const TERMS: [f64; 6] = [
        76.180_091_729_471_46,
        -86.505_320_329_416_77,
        24.014_098_240_830_91,
        -1.231_739_572_450_155,
        0.001_208_650_973_866_179,
        -0.000_005_395_239_384_953,
    ];
    let base = x + 5.5;
    let mut sum = 1.000_000_000_190_015;
    for (n, term) in (1_u32..).zip(TERMS) {
        sum += term / (x + f64::from(n));
    }
    (x + 0.5) * base.ln() - base + (2.506_628_274_631_000_5 * sum / x).ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_values() {
        // Closed forms: Beta(1,1) is uniform, Beta(2,1) has x^2, Beta(1,b) has 1-(1-x)^b, symmetry at the middle.
        for (x, a, b, expected) in [
            (0.3, 1.0, 1.0, 0.3),
            (0.3, 2.0, 1.0, 0.09),
            (0.02, 1.0, 100.0, 1.0 - 0.98_f64.powi(100)),
            (0.5, 40.0, 40.0, 0.5),
            (0.5, 2.5, 1.5, 0.287_793_3),
            (0.0, 3.0, 4.0, 0.0),
            (1.0, 3.0, 4.0, 1.0),
        ] {
            let got = below(x, a, b);
            assert!((got - expected).abs() < 1e-6, "below({x}, {a}, {b}) = {got}, not {expected}");
        }
    }

    #[test]
    fn it_grows_with_x_and_stays_a_probability() {
        for (a, b) in [(0.5, 0.5), (1.0, 49.0), (30.0, 970.0), (5_000.0, 95_000.0)] {
            let mut last = 0.0;
            for n in 0..=200 {
                let p = below(f64::from(n) / 200.0, a, b);
                assert!(
                    (0.0..=1.0).contains(&p) && p >= last - 1e-9,
                    "{p} after {last} at {n} of ({a}, {b})"
                );
                last = p;
            }
        }
    }
}
