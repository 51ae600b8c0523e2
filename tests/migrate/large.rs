//! Many mappings.

use std::time::{Duration, Instant};

use crate::mappings::write_many;
use crate::run::{Place, run};

/// The time that a run may take.
const LIMIT: Duration = Duration::from_secs(60);

#[test]
fn very_many_mappings_move_there_and_back_within_a_minute_each() {
    let count = std::env::var("SOAK_MAPPINGS").map_or(5_000, |count| count.parse().unwrap());
    let place = Place::new();
    write_many(&place.store(), count);
    let mappings = usize::try_from(count).unwrap();
    let timed = |command: &mut std::process::Command| {
        let start = Instant::now();
        run(command).moved(mappings);
        let taken = start.elapsed();
        println!("{count} mappings: {taken:?}");
        assert!(taken < LIMIT, "{count} mappings took {taken:?}");
    };
    timed(&mut place.forward());
    let start = Instant::now();
    run(&mut place.forward()).is(0, "nothing-to-do");
    println!("again: {:?}", start.elapsed());
    std::fs::rename(place.store(), place.path("old")).unwrap();
    timed(&mut place.reverse());
}
