//! The side that reports: a test for each case and kernel. A kernel is booted once, for all of its cases.

use std::collections::HashMap;
use std::process::ExitCode;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread;

use libtest_mimic::{Arguments, Conclusion, Failed, Trial};
use vm::Place;
use vm::place::VARIABLE;

use crate::Suite;
use crate::marks::Line;

/// What became of a case: its transcript, in the error if it failed.
type Verdict = Result<(), String>;

/// The cases of one kernel, which are played from when the first of them is asked for.
struct Run {
    suite: Arc<Suite>,
    place: Place,
    cases: Vec<&'static str>,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    started: bool,
    verdicts: HashMap<String, Verdict>,
    /// Set at the end; it stands for the cases without a verdict.
    end: Option<String>,
}

/// Runs the tests that the command line selects.
pub fn run(suite: Suite) -> ExitCode {
    let mut arguments = Arguments::from_args();
    // Cases of one kernel run one after the other anyway; of two kernels one should run at a time.
    arguments.test_threads = Some(1);
    let places = match Place::chosen() {
        Ok(places) => places,
        Err(error) => {
            eprintln!("{VARIABLE}: {error}");
            return ExitCode::FAILURE;
        }
    };
    let suite = Arc::new(suite);
    let trials = places
        .into_iter()
        .flat_map(|place| trials(&suite, place, &arguments))
        .collect();
    let conclusion: Conclusion = libtest_mimic::run(&arguments, trials);
    conclusion.exit_code()
}

fn trials(suite: &Arc<Suite>, place: Place, arguments: &Arguments) -> Vec<Trial> {
    let title = |case: &str| format!("{place}::{case}");
    let names = suite.cases.iter().map(|case| case.name());
    let run = Arc::new(Run {
        suite: Arc::clone(suite),
        place,
        cases: names
            .clone()
            .filter(|case| selected(arguments, &title(case)))
            .collect(),
        state: Mutex::default(),
        changed: Condvar::new(),
    });
    let trial = |case: &'static str| {
        let run = Arc::clone(&run);
        Trial::test(title(case), move || run.verdict(case).map_err(Failed::from))
    };
    names.map(trial).collect()
}

/// Whether the test of this title will be run, by the rules of cargo's own test programs: for machines that are to play
/// no more than that.
pub fn selected(arguments: &Arguments, title: &str) -> bool {
    let matches = |filter: &String| match arguments.exact {
        true => title == filter,
        false => title.contains(filter.as_str()),
    };
    arguments.filter.as_ref().is_none_or(matches) && !arguments.skip.iter().any(matches)
}

impl Run {
    /// Waits for a case to end.
    fn verdict(self: &Arc<Self>, case: &str) -> Verdict {
        let mut state = self.state();
        if !state.started {
            state.started = true;
            let run = Arc::clone(self);
            thread::spawn(move || run.play());
        }
        let waiting = |state: &mut State| state.end.is_none() && !state.verdicts.contains_key(case);
        let mut state = self
            .changed
            .wait_while(state, waiting)
            .unwrap_or_else(|poison| poison.into_inner());
        let end = state.end.clone();
        state
            .verdicts
            .remove(case)
            .unwrap_or_else(|| Err(end.unwrap_or_default()))
    }

    fn play(&self) {
        let mut name = String::new();
        let mut transcript = String::new();
        let mut handle = |line: Line<'_>| match line {
            Line::Begin(case) => {
                name = case.to_owned();
                transcript.clear();
            }
            Line::Figure(figure) => eprintln!("{}: {figure}", self.place),
            Line::Text(text) => {
                transcript += text;
                transcript.push('\n');
            }
            Line::End { ok, .. } => {
                let verdict = if ok {
                    Ok(())
                } else {
                    Err(std::mem::take(&mut transcript))
                };
                self.state().verdicts.insert(name.clone(), verdict);
                self.changed.notify_all();
            }
        };
        let played = self.suite.play(self.place, &self.cases, &mut handle);
        let error = played.err().map(|error| format!("{error}\n"));
        self.state().end = Some(format!(
            "{}the run ended before this case did; last seen:\n{transcript}",
            error.unwrap_or_default()
        ));
        self.changed.notify_all();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state
            .lock()
            .unwrap_or_else(|poison| poison.into_inner())
    }
}
