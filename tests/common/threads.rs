//! Owns threads that work at the same time, until each of them has ended.

use std::thread;

/// Runs `work` on `count` threads, with the number of each.
///
/// A scope alone waits for what its threads do, not for their end; what OpenSSL does at the end of a thread
/// must not meet what it does at the end of the process.
pub(crate) fn run(count: usize, work: impl Fn(usize) + Sync) {
    thread::scope(|scope| {
        let threads: Vec<_> = (0..count)
            .map(|number| {
                let work = &work;
                scope.spawn(move || work(number))
            })
            .collect();
        for thread in threads {
            thread.join().unwrap();
        }
    });
}
