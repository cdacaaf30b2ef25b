//! When a weight takes which value on its way to another one; no I/O.

use std::time::Duration;

/// The least time between two steps.
const INTERVAL: Duration = Duration::from_millis(200);

/// A weight, and when it is due, counted from the beginning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    pub at: Duration,
    pub weight: i32,
}

/// Even steps from one weight to another: as many as there is time for, but none without a change.
/// The last one is the wanted weight at the end of the time; there is none where nothing changes.
pub fn steps(from: i32, to: i32, duration: Duration) -> impl Iterator<Item = Step> {
    let way = i128::from(to) - i128::from(from);
    let time = duration.as_millis();
    let count = (time / INTERVAL.as_millis())
        .max(1)
        .min(way.unsigned_abs())
        // As many as these take longer than any ramp may.
        .min(u128::from(u32::MAX)) as u32;
    (1..=count).map(move |step| {
        let passed = i128::from(from) + way * i128::from(step) / i128::from(count);
        Step {
            at: Duration::from_millis((time * u128::from(step) / u128::from(count)) as u64),
            // Between two weights, and so a weight.
            weight: passed as i32,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(from: i32, to: i32, duration: u64) -> Vec<(u64, i32)> {
        let steps = steps(from, to, Duration::from_secs(duration));
        steps
            .map(|step| (step.at.as_millis() as u64, step.weight))
            .collect()
    }

    #[test]
    fn a_step_for_each_unit_where_there_is_time() {
        let up = [(2000, 1), (4000, 2), (6000, 3), (8000, 4), (10000, 5)];
        assert_eq!(seconds(0, 5, 10), up);
        assert_eq!(seconds(7, 4, 3), [(1000, 6), (2000, 5), (3000, 4)]);
    }

    #[test]
    fn no_more_than_five_a_second() {
        let steps = seconds(0, 1000, 2);
        assert_eq!(steps.len(), 10);
        assert_eq!(steps[0], (200, 100));
        assert_eq!(steps[9], (2000, 1000));
    }

    #[test]
    fn nothing_where_nothing_changes() {
        assert_eq!(seconds(5, 5, 10), []);
    }

    #[test]
    fn the_longest_ways_end_where_they_should() {
        let day = Duration::from_secs(86_400);
        for (from, to) in [(0, i32::MAX), (i32::MAX, 0), (i32::MIN, i32::MAX)] {
            let mut last = Step {
                at: Duration::ZERO,
                weight: from,
            };
            // A sample of them, and the end.
            for step in steps(from, to, day)
                .step_by(9973)
                .chain(steps(from, to, day).last())
            {
                assert!(step.at > last.at || step.weight == to, "{step:?}");
                assert_eq!(step.weight > last.weight, to > from, "{step:?}");
                last = step;
            }
            assert_eq!((last.at, last.weight), (day, to));
        }
    }
}
