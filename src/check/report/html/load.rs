//! Owns what the token does under load: signatures per second and their latency, over the sessions.

use maud::{Markup, html};

use super::plot::{Line, Plot};
use super::text::figure;
use crate::check::outcome::CaseResult;
use crate::check::report::Report;

/// The cases that measured it end with the number of sessions.
const CASES: &str = "concurrency.secp256r1.load-";

/// What one of them measured; times in milliseconds.
struct Load {
    sessions: u32,
    rate: Option<f64>,
    p50: Option<f64>,
    p99: Option<f64>,
}

impl Load {
    fn of(case: &CaseResult) -> Option<Self> {
        let sessions = case.id.strip_prefix(CASES)?.parse().ok()?;
        let measured = |name: &str| case.measurements.get(name).copied();
        let milliseconds = |name: &str| measured(name).map(|microseconds| microseconds / 1000.0);
        let load = Self {
            sessions,
            rate: measured("signatures_per_second"),
            p50: milliseconds("p50_microseconds"),
            p99: milliseconds("p99_microseconds"),
        };
        let has_any = load.rate.or(load.p50).or(load.p99).is_some();
        (sessions > 0 && has_any).then_some(load)
    }
}

/// Both plots and their figures; `None` if the load was not measured.
pub(super) fn plots(report: &Report) -> Option<Markup> {
    let mut loads: Vec<_> = report.cases.iter().filter_map(Load::of).collect();
    loads.sort_by_key(|load| load.sessions);
    loads.dedup_by_key(|load| load.sessions);
    let plots = html! {
        p { "ECDSA signatures on secp256r1, each session a thread of its own." }
        div.plots {
            (throughput(&loads).figure())
            (latency(&loads).figure())
        }
        (table(&loads))
    };
    (!loads.is_empty()).then_some(plots)
}

fn throughput(loads: &[Load]) -> Plot {
    Plot {
        id: "throughput",
        title: "Signatures per second",
        logarithmic: false,
        lines: vec![Line {
            name: "signatures/s",
            class: "first",
            below: false,
            points: points(loads, |load| load.rate),
        }],
    }
}

fn latency(loads: &[Load]) -> Plot {
    Plot {
        id: "latency",
        title: "Latency of a signature in milliseconds, logarithmic",
        logarithmic: true,
        lines: vec![
            Line {
                name: "99 of 100 are faster (p99)",
                class: "second",
                below: false,
                points: points(loads, |load| load.p99),
            },
            Line {
                name: "half are faster (p50)",
                class: "first",
                below: true,
                points: points(loads, |load| load.p50),
            },
        ],
    }
}

fn points(loads: &[Load], value: fn(&Load) -> Option<f64>) -> Vec<(u32, f64)> {
    loads
        .iter()
        .filter_map(|load| {
            Some((
                load.sessions,
                value(load).filter(|value| value.is_finite())?,
            ))
        })
        .collect()
}

fn table(loads: &[Load]) -> Markup {
    let shown = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), figure);
    html! {
        details.figures {
            summary { "The figures" }
            div.wide {
                table.load {
                    caption.unseen { "Signatures per second and their latency over the sessions" }
                    thead { tr {
                        th scope="col" { "Sessions" } th scope="col" { "Signatures/s" }
                        th scope="col" { "p50 (ms)" } th scope="col" { "p99 (ms)" }
                    } }
                    tbody {
                        @for load in loads {
                            tr {
                                th scope="row" { (load.sessions) }
                                td { (shown(load.rate)) } td { (shown(load.p50)) } td { (shown(load.p99)) }
                            }
                        }
                    }
                }
            }
        }
    }
}
