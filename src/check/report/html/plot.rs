//! Owns the drawing of a plot over the number of sessions: doublings are equally far from each other.

mod axis;

use maud::{Markup, html};

use super::text::figure;
use axis::Axis;

// Of the drawing, in its own units.
const WIDTH: f64 = 380.0;
const HEIGHT: f64 = 240.0;
const LEFT: f64 = 46.0;
const RIGHT: f64 = 360.0;
const TOP: f64 = 22.0;
const BOTTOM: f64 = 200.0;

/// Lines over the number of sessions.
pub(super) struct Plot {
    pub(super) id: &'static str,
    pub(super) title: &'static str,
    /// Whether powers of ten are equally far from each other, for very different values; else they begin at zero.
    pub(super) logarithmic: bool,
    pub(super) lines: Vec<Line>,
}

/// Values by the number of sessions, of which there are more from each to the next.
pub(super) struct Line {
    pub(super) name: &'static str,
    /// What the style sheet draws it by.
    pub(super) class: &'static str,
    /// Whether its values stand below it, not above.
    pub(super) below: bool,
    pub(super) points: Vec<(u32, f64)>,
}

impl Plot {
    /// The plot with its title, and a legend if there are several lines.
    pub(super) fn figure(&self) -> Markup {
        let scale = Scale::of(self);
        html! {
            figure.plot id=(self.id) {
                figcaption { (self.title) }
                @if self.lines.len() > 1 {
                    ul.legend {
                        @for line in &self.lines { li { (key(line)) " " (line.name) } }
                    }
                }
                svg viewBox={ "0 0 " (WIDTH) " " (HEIGHT) } role="img" aria-labelledby={ (self.id) "-told" } {
                    title id={ (self.id) "-told" } { (self.told()) }
                    (scale.axes())
                    @for line in &self.lines { (scale.line(line)) }
                }
            }
        }
    }

    /// The same for who does not see it.
    fn told(&self) -> String {
        let mut told = self.title.to_owned();
        for line in &self.lines {
            let values: Vec<_> = line
                .points
                .iter()
                .map(|(sessions, value)| format!("{} with {sessions}", figure(*value)))
                .collect();
            told += &format!("; {}: {}", line.name, values.join(", "));
        }
        told + " sessions"
    }
}

fn key(line: &Line) -> Markup {
    html! {
        svg.key aria-hidden="true" viewBox="0 0 28 10" {
            g class=(line.class) { path.line d="M0 5H28" {} circle cx="14" cy="5" r="3.5" {} }
        }
    }
}

/// Where values stand in the drawing.
struct Scale {
    sessions: Vec<u32>,
    axis: Axis,
}

impl Scale {
    fn of(plot: &Plot) -> Self {
        let points = || plot.lines.iter().flat_map(|line| &line.points);
        let mut sessions: Vec<_> = points().map(|(sessions, _)| *sessions).collect();
        sessions.sort_unstable();
        sessions.dedup();
        let values = points().map(|(_, value)| *value);
        let axis = match plot.logarithmic {
            true => Axis::logarithmic(values),
            false => Axis::from_zero(values),
        };
        Self { sessions, axis }
    }

    fn x(&self, sessions: u32) -> f64 {
        let ends = self.sessions.first().zip(self.sessions.last());
        let (low, high) = ends.map_or((0.0, 0.0), |(low, high)| {
            (doublings(*low), doublings(*high))
        });
        match high > low {
            // Room for the value of the first and the last point.
            true => {
                LEFT + 22.0 + (doublings(sessions) - low) / (high - low) * (RIGHT - LEFT - 40.0)
            }
            false => f64::midpoint(LEFT, RIGHT),
        }
    }

    fn y(&self, value: f64) -> f64 {
        BOTTOM - self.axis.place(value) * (BOTTOM - TOP)
    }

    fn axes(&self) -> Markup {
        html! {
            g.axes {
                @for value in self.axis.ticks() {
                    @let y = self.y(value);
                    path d=(format!("M{LEFT} {y:.1}H{RIGHT}")) {}
                    text.value x=(LEFT - 6.0) y=(format!("{:.1}", y + 4.0)) { (figure(value)) }
                }
                @for sessions in &self.sessions {
                    text.sessions x=(format!("{:.1}", self.x(*sessions))) y=(BOTTOM + 17.0) { (sessions) }
                }
                text.sessions x=(f64::midpoint(LEFT, RIGHT)) y=(HEIGHT - 5.0) { "sessions" }
            }
        }
    }

    fn line(&self, line: &Line) -> Markup {
        let places: Vec<_> = line
            .points
            .iter()
            .map(|(sessions, value)| (self.x(*sessions), self.y(*value), *value))
            .collect();
        let path: Vec<_> = places
            .iter()
            .map(|(x, y, _)| format!("{x:.1} {y:.1}"))
            .collect();
        let shift = if line.below { 16.0 } else { -9.0 };
        html! {
            g class=(line.class) {
                @if !path.is_empty() { path.line d={ "M" (path.join("L")) } {} }
                @for (x, y, value) in &places {
                    circle cx=(format!("{x:.1}")) cy=(format!("{y:.1}")) r="3.5" {}
                    text.point x=(format!("{x:.1}")) y=(format!("{:.1}", y + shift)) { (figure(*value)) }
                }
            }
        }
    }
}

/// On this axis a doubling is one.
fn doublings(sessions: u32) -> f64 {
    f64::from(sessions).log2()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_point_stands_in_the_middle() {
        let line = Line {
            name: "a",
            class: "first",
            below: false,
            points: vec![(4, 10.0)],
        };
        let scale = Scale::of(&Plot {
            id: "a",
            title: "A",
            logarithmic: false,
            lines: vec![line],
        });
        assert!((scale.x(4) - 203.0).abs() < 1e-9);
        assert!(scale.y(10.0) >= TOP);
    }
}
