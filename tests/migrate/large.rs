//! Many mappings.

use std::process::Command;
use std::time::{Duration, Instant};

use crate::mappings::write_many;
use crate::run::{Place, run};

/// The time that the move to a database may take.
const LIMIT: Duration = Duration::from_secs(60);

fn timed(command: &mut Command, mappings: usize) -> Duration {
    let start = Instant::now();
    run(command).moved(mappings);
    let taken = start.elapsed();
    println!("{mappings} mappings: {taken:?}");
    taken
}

#[test]
fn very_many_mappings_move_within_a_minute_and_come_back() {
    let count = std::env::var("SOAK_MAPPINGS").map_or(5_000, |count| count.parse().unwrap());
    let mappings = usize::try_from(count).unwrap();
    let place = Place::new();
    write_many(&place.store(), count);
    let taken = timed(&mut place.forward(), mappings);
    assert!(taken < LIMIT, "{taken:?}");
    run(&mut place.forward()).is(0, "nothing-to-do");
    // The way back waits until all that others wrote to the file system is on the disk, too: no limit.
    std::fs::rename(place.store(), place.path("old")).unwrap();
    timed(&mut place.reverse(), mappings);
}
