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
    let runs: Vec<Arc<Run>> = places
        .into_iter()
        .map(|place| Arc::new(Run::new(&suite, place, &arguments)))
        .collect();
    let trials = runs.iter().flat_map(Run::trials).collect();
    let conclusion: Conclusion = libtest_mimic::run(&arguments, trials);
    // The last verdict is not the end: a machine may have more to hand over, such as which lines were run.
    for run in &runs {
        run.wait_for_end();
    }
    conclusion.exit_code()
}

fn title(place: Place, case: &str) -> String {
    format!("{place}::{case}")
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
    fn new(suite: &Arc<Suite>, place: Place, arguments: &Arguments) -> Self {
        let names = suite.cases.iter().map(|case| case.name());
        Self {
            suite: Arc::clone(suite),
            place,
            cases: names
                .filter(|case| selected(arguments, &title(place, case)))
                .collect(),
            state: Mutex::default(),
            changed: Condvar::new(),
        }
    }

    /// A test for each case, also for those that are not selected.
    fn trials(self: &Arc<Self>) -> Vec<Trial> {
        let trial = |case: &'static str| {
            let run = Arc::clone(self);
            Trial::test(title(self.place, case), move || {
                run.verdict(case).map_err(Failed::from)
            })
        };
        let names = self.suite.cases.iter().map(|case| case.name());
        names.map(trial).collect()
    }

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

    /// Waits until all of it is over, if it began.
    fn wait_for_end(&self) {
        let runs = |state: &mut State| state.started && state.end.is_none();
        drop(self.changed.wait_while(self.state(), runs));
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
