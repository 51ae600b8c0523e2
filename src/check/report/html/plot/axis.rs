//! Owns the axis of values of a plot: where a value stands on it, and which values it names.

/// An axis of values.
#[derive(Debug)]
pub(super) enum Axis {
    /// From zero to `top`, in equal steps.
    FromZero { step: f64, top: f64 },
    /// Between two powers of ten, by their exponents.
    Logarithmic { low: f64, high: f64 },
}

impl Axis {
    /// An axis from zero on which all of the values have room.
    pub(super) fn from_zero(values: impl Iterator<Item = f64>) -> Self {
        let most = values.fold(0.0, f64::max);
        let step = nice_step(most);
        Self::FromZero {
            step,
            top: (most / step).ceil().max(1.0) * step,
        }
    }

    /// An axis on which very different values can be told from each other; what is not above zero stands at its foot.
    pub(super) fn logarithmic(values: impl Iterator<Item = f64>) -> Self {
        let above_zero = values.filter(|value| *value > 0.0);
        let (least, most) = above_zero.fold((f64::MAX, 0.0_f64), |(least, most), value| {
            (least.min(value), most.max(value))
        });
        if most <= 0.0 {
            return Self::Logarithmic {
                low: 0.0,
                high: 1.0,
            };
        }
        // Room for what is written above and below a point.
        let low = (least / 1.6).log10().floor();
        let high = (most * 1.3).log10().ceil();
        Self::Logarithmic {
            low,
            high: high.max(low + 1.0),
        }
    }

    /// Where a value stands: 0 at the foot, 1 at the top.
    pub(super) fn place(&self, value: f64) -> f64 {
        match self {
            Self::FromZero { top, .. } => value / top,
            Self::Logarithmic { .. } if value <= 0.0 => 0.0,
            Self::Logarithmic { low, high } => (value.log10() - low) / (high - low),
        }
    }

    /// The values that it names.
    pub(super) fn ticks(&self) -> Vec<f64> {
        match *self {
            Self::FromZero { step, top } => counted(0.0, step, top),
            Self::Logarithmic { low, high } => {
                let between: &[f64] = if high - low > 2.0 {
                    &[1.0]
                } else {
                    &[1.0, 2.0, 5.0]
                };
                let powers = counted(low, 1.0, high)
                    .into_iter()
                    .map(|power| 10f64.powf(power));
                let ticks =
                    powers.flat_map(|power| between.iter().map(move |factor| factor * power));
                ticks.filter(|value| self.place(*value) < 1.001).collect()
            }
        }
    }
}

/// From one value to another; there are few, unless the values are beyond all measure.
fn counted(from: f64, step: f64, to: f64) -> Vec<f64> {
    std::iter::successors(Some(from), |value| Some(value + step))
        .take_while(|value| *value <= to + step / 2.0)
        .take(12)
        .collect()
}

/// A step of 1, 2 or 5 times a power of ten, so that there are two to five of them.
fn nice_step(most: f64) -> f64 {
    if !(most > 0.0 && most.is_finite()) {
        return 1.0;
    }
    let rough = most / 4.0;
    let power = 10f64.powf(rough.log10().floor());
    [1.0, 2.0, 5.0, 10.0]
        .into_iter()
        .map(|factor| factor * power)
        .find(|step| *step >= rough)
        .unwrap_or(rough)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is(ticks: &[f64], expected: &[f64]) -> bool {
        ticks.len() == expected.len()
            && ticks
                .iter()
                .zip(expected)
                .all(|(tick, expected)| (tick - expected).abs() < 1e-9)
    }

    #[test]
    fn steps_are_round() {
        for (most, expected) in [
            (0.0, vec![0.0, 1.0]),
            (3.9, vec![0.0, 1.0, 2.0, 3.0, 4.0]),
            (1000.0, vec![0.0, 500.0, 1000.0]),
            (7400.0, vec![0.0, 2000.0, 4000.0, 6000.0, 8000.0]),
        ] {
            let ticks = Axis::from_zero([most].into_iter()).ticks();
            assert!(is(&ticks, &expected), "{most}: {ticks:?}");
        }
    }

    #[test]
    fn powers_of_ten_are_equally_far_from_each_other() {
        let wide = Axis::logarithmic([0.046, 36.3].into_iter());
        assert!(
            is(&wide.ticks(), &[0.01, 0.1, 1.0, 10.0, 100.0]),
            "{wide:?}"
        );
        assert!((wide.place(1.0) - 0.5).abs() < 1e-9);
        let narrow = Axis::logarithmic([2.0, 6.0].into_iter());
        assert!(is(&narrow.ticks(), &[1.0, 2.0, 5.0, 10.0]), "{narrow:?}");
    }

    #[test]
    fn no_value_stands_below_the_foot() {
        let none = Axis::logarithmic([0.0].into_iter());
        assert!(none.place(0.0).abs() < 1e-9);
        assert!(Axis::from_zero([f64::MAX].into_iter()).ticks().len() <= 12);
    }
}
