//! Owns the method: slices of time in which an operation is repeated, in pairs that take turns.

use std::env;
use std::thread;
use std::time::{Duration, Instant};

use crate::quartiles::Quartiles;

const PAIRS: usize = 15;
const SLICE_MS: u64 = 2_000;

/// What happened in one slice of time.
pub(crate) struct Slice {
    elapsed: Duration,
    /// How long each operation took, in ascending order.
    latencies: Vec<Duration>,
}

impl Slice {
    /// Repeats `operation` until `length` is over.
    pub(crate) fn of(length: Duration, mut operation: impl FnMut()) -> Self {
        let mut latencies = Vec::new();
        let start = Instant::now();
        let mut last = start;
        while last.duration_since(start) < length {
            operation();
            let now = Instant::now();
            latencies.push(now.duration_since(last));
            last = now;
        }
        latencies.sort_unstable();
        Self {
            elapsed: last.duration_since(start),
            latencies,
        }
    }

    /// Runs slices at once, each on a thread of its own.
    pub(crate) fn at_once<W>(slices: impl Iterator<Item = W>) -> Self
    where
        W: FnOnce() -> Self + Send,
    {
        let slices: Vec<Self> = thread::scope(|scope| {
            let threads: Vec<_> = slices.map(|slice| scope.spawn(slice)).collect();
            threads
                .into_iter()
                .map(|thread| thread.join().unwrap())
                .collect()
        });
        let elapsed = slices.iter().map(|slice| slice.elapsed).max().unwrap();
        let mut latencies: Vec<_> = slices
            .into_iter()
            .flat_map(|slice| slice.latencies)
            .collect();
        latencies.sort_unstable();
        Self { elapsed, latencies }
    }

    /// Operations per second.
    pub(crate) fn throughput(&self) -> f64 {
        f64::from(u32::try_from(self.latencies.len()).unwrap()) / self.elapsed.as_secs_f64()
    }

    /// The latency that `percent` of the operations did not exceed, in microseconds.
    pub(crate) fn percentile(&self, percent: usize) -> f64 {
        let rank = (self.latencies.len() * percent).div_ceil(100);
        self.latencies[rank.max(1) - 1].as_secs_f64() * 1e6
    }
}

/// How many pairs of slices, and how long each of them is.
pub(crate) struct Pairs {
    pub(crate) count: usize,
    pub(crate) length: Duration,
}

impl Pairs {
    pub(crate) fn from_environment() -> Self {
        let length =
            env::var("SPEED_SLICE_MS").map_or(SLICE_MS, |text| text.parse().expect("milliseconds"));
        Self {
            count: PAIRS,
            length: Duration::from_millis(length),
        }
    }

    /// Runs the pairs, after a short slice of each kind that does not count. Who is first changes from
    /// pair to pair, as the second of two would always profit, or suffer, from the first.
    pub(crate) fn run(
        &self,
        mut ours: impl FnMut(Duration) -> Slice,
        mut bare: impl FnMut(Duration) -> Slice,
    ) -> Vec<Pair> {
        ours(self.length / 10);
        bare(self.length / 10);
        (0..self.count)
            .map(|number| {
                if number % 2 == 0 {
                    let ours = ours(self.length);
                    let bare = bare(self.length);
                    Pair { ours, bare }
                } else {
                    let bare = bare(self.length);
                    let ours = ours(self.length);
                    Pair { ours, bare }
                }
            })
            .collect()
    }
}

/// Two slices next to each other in time.
pub(crate) struct Pair {
    pub(crate) ours: Slice,
    pub(crate) bare: Slice,
}

/// One figure over all pairs: ours, bare, and the ratios within the pairs.
pub(crate) struct Comparison {
    pub(crate) ours: Quartiles,
    pub(crate) bare: Quartiles,
    pub(crate) ratio: Quartiles,
}

impl Comparison {
    pub(crate) fn of(
        pairs: &[Pair],
        ours: impl Fn(&Pair) -> f64,
        bare: impl Fn(&Pair) -> f64,
    ) -> Self {
        Self {
            ours: Quartiles::of(pairs.iter().map(&ours)),
            bare: Quartiles::of(pairs.iter().map(&bare)),
            ratio: Quartiles::of(pairs.iter().map(|pair| ours(pair) / bare(pair))),
        }
    }

    /// Operations per second on both sides.
    pub(crate) fn of_throughput(pairs: &[Pair]) -> Self {
        Self::of(
            pairs,
            |pair| pair.ours.throughput(),
            |pair| pair.bare.throughput(),
        )
    }
}
