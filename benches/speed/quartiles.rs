//! Owns the median and the quartiles of a series.

/// Quartiles of a series, linearly interpolated between its values.
#[derive(Clone, Copy)]
pub(crate) struct Quartiles {
    pub(crate) lower: f64,
    pub(crate) median: f64,
    pub(crate) upper: f64,
}

impl Quartiles {
    /// Those of a series that is not empty.
    pub(crate) fn of(series: impl Iterator<Item = f64>) -> Self {
        let mut sorted: Vec<f64> = series.collect();
        sorted.sort_by(f64::total_cmp);
        let quartile = |number: usize| {
            let position = (sorted.len() - 1) * number;
            let (below, fraction) = (position / 4, position % 4);
            let above = (below + 1).min(sorted.len() - 1);
            let weight = f64::from(u8::try_from(fraction).unwrap()) / 4.0;
            sorted[below] + (sorted[above] - sorted[below]) * weight
        };
        Self {
            lower: quartile(1),
            median: quartile(2),
            upper: quartile(3),
        }
    }
}
