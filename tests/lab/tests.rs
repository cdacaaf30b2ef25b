//! The labs as tests: one for each lab and kernel. A kernel is booted once, for all of its labs.

use std::collections::HashMap;
use std::process::ExitCode;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread;

use libtest_mimic::{Arguments, Conclusion, Failed, Trial};
use vm::Place;

use crate::labs;
use crate::place::{self, Line, Lines};

/// What became of a lab: its transcript, in the error if it failed.
type Verdict = Result<(), String>;

/// The labs of one kernel, which run from when the first of them is asked for.
struct Run {
    place: Place,
    labs: Vec<&'static str>,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    started: bool,
    verdicts: HashMap<String, Verdict>,
    /// Set at the end; it stands for the labs without a verdict.
    end: Option<String>,
}

/// Runs the tests that the command line selects.
pub fn run() -> ExitCode {
    let mut arguments = Arguments::from_args();
    // Labs of one kernel run one after the other anyway; of two kernels one should run at a time.
    arguments.test_threads = Some(1);
    let places = match Place::chosen() {
        Ok(places) => places,
        Err(error) => {
            eprintln!("IPVSADM_TEST_KERNELS: {error}");
            return ExitCode::FAILURE;
        }
    };
    let trials = places
        .into_iter()
        .flat_map(|place| trials(place, &arguments))
        .collect();
    let conclusion: Conclusion = libtest_mimic::run(&arguments, trials);
    conclusion.exit_code()
}

fn trials(place: Place, arguments: &Arguments) -> Vec<Trial> {
    let title = |lab: &str| format!("{place}::{lab}");
    let names = labs::ALL.iter().map(|lab| lab.name);
    let run = Arc::new(Run {
        place,
        labs: names
            .clone()
            .filter(|lab| selected(&title(lab), arguments))
            .collect(),
        state: Mutex::default(),
        changed: Condvar::new(),
    });
    let trial = |lab: &'static str| {
        let run = Arc::clone(&run);
        Trial::test(title(lab), move || run.verdict(lab).map_err(Failed::from))
    };
    names.map(trial).collect()
}

/// Whether the test will be run: libtest's rules.
fn selected(title: &str, arguments: &Arguments) -> bool {
    let matches = |filter: &String| match arguments.exact {
        true => title == filter,
        false => title.contains(filter.as_str()),
    };
    arguments.filter.as_ref().is_none_or(matches) && !arguments.skip.iter().any(matches)
}

impl Run {
    /// Waits for a lab to end.
    fn verdict(self: &Arc<Self>, lab: &str) -> Verdict {
        let mut state = self.state();
        if !state.started {
            state.started = true;
            let run = Arc::clone(self);
            thread::spawn(move || run.play());
        }
        let waiting = |state: &mut State| state.end.is_none() && !state.verdicts.contains_key(lab);
        let mut state = self
            .changed
            .wait_while(state, waiting)
            .unwrap_or_else(|poison| poison.into_inner());
        let end = state.end.clone();
        state
            .verdicts
            .remove(lab)
            .unwrap_or_else(|| Err(end.unwrap_or_default()))
    }

    fn play(&self) {
        let mut lines = Lines::default();
        let mut name = String::new();
        let mut transcript = String::new();
        let mut handle = |line: Line<'_>| match line {
            Line::Begin(lab) => {
                name = lab.to_owned();
                transcript.clear();
            }
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
        let mut push = |bytes: &[u8]| lines.push(bytes, &mut handle);
        let played = place::play(self.place, &self.labs, &mut push);
        let error = played.err().map(|error| format!("{error}\n"));
        self.state().end = Some(format!(
            "{}the run ended before this lab did; last seen:\n{transcript}",
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
