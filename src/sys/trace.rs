//! What --verbose tells: each conversation with the kernel in a line, with the time it took.

use std::time::Instant;

/// Whom to tell, if anybody.
#[derive(Clone, Copy, Default)]
pub struct Trace(Option<fn(&str)>);

impl Trace {
    pub fn to(tell: fn(&str)) -> Trace {
        Trace(Some(tell))
    }

    pub fn is_on(self) -> bool {
        self.0.is_some()
    }

    /// Does something and tells of it, with the milliseconds that it took.
    pub fn timed<T>(self, work: impl FnOnce() -> T, words: impl FnOnce(&T) -> String) -> T {
        let Trace(Some(_)) = self else {
            return work();
        };
        let begun = Instant::now();
        let done = work();
        self.since(begun, || words(&done));
        done
    }

    /// Tells of something that began then. Words of several lines are told line by line.
    pub fn since(self, begun: Instant, words: impl FnOnce() -> String) {
        if let Trace(Some(tell)) = self {
            let milliseconds = begun.elapsed().as_secs_f64() * 1000.0;
            let words = format!("{} ({milliseconds:.1} ms)", words());
            words.lines().for_each(tell);
        }
    }
}
