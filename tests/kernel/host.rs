//! The side that the tests are counted on: where scenarios are to run, and a trial for each.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use vm::{Guest, Kernel, Place};

use super::case::Case;
use super::guest;
use super::native;
use super::random::Plan;
use super::report::Event;

const HOSTS: &str = include_str!("hosts");
/// How long a guest may take for all but the generated scripts.
const BOOT_AND_TABLES: Duration = Duration::from_secs(900);

/// What the environment asks for; where it asks for nothing, this very machine if it can.
pub fn places() -> vm::Result<Vec<Place>> {
    let wish = std::env::var(vm::place::VARIABLE).unwrap_or_default();
    if wish.trim().is_empty() && vm::host_has_ipvs() {
        return Ok(vec![Place::Host]);
    }
    Place::chosen()
}

/// The run at one place. It begins when its first result is asked for.
pub struct Run {
    pub place: Place,
    cases: Arc<Vec<Case>>,
    plan: Plan,
    selected: Vec<usize>,
    state: Mutex<State>,
    news: Condvar,
}

#[derive(Default)]
struct State {
    started: bool,
    /// How it ended, once it has.
    end: Option<Result<(), String>>,
    running: Vec<usize>,
    results: HashMap<usize, Option<String>>,
    lines: usize,
    took: Duration,
}

impl Run {
    pub fn new(
        place: Place,
        cases: &Arc<Vec<Case>>,
        plan: Plan,
        selected: Vec<usize>,
    ) -> Arc<Self> {
        Arc::new(Self {
            place,
            cases: Arc::clone(cases),
            plan,
            selected,
            state: Mutex::default(),
            news: Condvar::new(),
        })
    }

    /// Waits for the result of a case.
    pub fn result(self: &Arc<Self>, case: usize) -> Result<(), String> {
        let state = self.wait(|state| state.results.contains_key(&case));
        match (state.results.get(&case), &state.end) {
            (Some(None), _) => Ok(()),
            (Some(Some(failure)), _) => Err(failure.clone()),
            (None, Some(Err(why))) => Err(format!("not run, because the run ended early: {why}")),
            (None, _) => Err("not run, though the run ended well".to_owned()),
        }
    }

    /// Waits for the end.
    pub fn end(self: &Arc<Self>) -> Result<(), String> {
        let state = self.wait(|_| false);
        state.end.clone().unwrap_or(Ok(()))
    }

    /// One line on what was done, if anything was.
    pub fn summary(self: &Arc<Self>) -> Option<String> {
        if !self.lock().started {
            return None;
        }
        let state = self.wait(|_| false);
        Some({
            format!(
                "{}: {} command lines in {} cases, {:.0} s",
                self.place,
                state.lines,
                state.results.len(),
                state.took.as_secs_f64()
            )
        })
    }

    fn wait(self: &Arc<Self>, enough: impl Fn(&State) -> bool) -> MutexGuard<'_, State> {
        let mut state = self.lock();
        if !state.started {
            state.started = true;
            let run = Arc::clone(self);
            thread::spawn(move || run.work());
        }
        while state.end.is_none() && !enough(&state) {
            state = self
                .news
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
        state
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn work(&self) {
        let begun = Instant::now();
        let end = match self.place {
            Place::Guest(kernel) => self.in_guest(kernel),
            Place::Host => native::run(&self.cases, &self.selected, HOSTS, &mut |event| {
                self.note(event)
            })
            .map_err(|error| error.to_string()),
        };
        let mut state = self.lock();
        let names: Vec<String> = state
            .running
            .iter()
            .map(|index| self.cases[*index].name())
            .collect();
        state.end = Some(end.map_err(|why| match names.is_empty() {
            true => why,
            false => format!("{why}\n(while it ran: {})", names.join(" | ")),
        }));
        state.took = begun.elapsed();
        self.news.notify_all();
    }

    fn in_guest(&self, kernel: Kernel) -> Result<(), String> {
        let selected: Vec<String> = self.selected.iter().map(usize::to_string).collect();
        let test = std::env::current_exe().map_err(|error| error.to_string())?;
        let mut held = Vec::new();
        let outcome = Guest::new(kernel)
            .program(test, "/kernel-test")
            .text("/selected", &selected.join(" "))
            .text("/plan", &self.plan.encode())
            .text("/etc/hosts", HOSTS)
            .timeout(BOOT_AND_TABLES + self.plan.patience())
            .run_with(
                &["/kernel-test", "--in-guest", "/selected", "/plan"],
                &mut |bytes| {
                    // A few bytes at a time come from the serial port.
                    held.extend_from_slice(bytes);
                    if bytes.contains(&b'\n') {
                        let end = held
                            .iter()
                            .rposition(|byte| *byte == b'\n')
                            .map_or(0, |last| last + 1);
                        let lines: Vec<u8> = held.drain(..end).collect();
                        for line in String::from_utf8_lossy(&lines).lines() {
                            match Event::decode(line) {
                                Some(event) => self.note(event),
                                None => eprintln!("[{kernel}] {line}"),
                            }
                        }
                    }
                },
            )
            .map_err(|error| error.to_string())?;
        match outcome.status {
            0 => Ok(()),
            status => Err(format!(
                "the test program in the guest ended with status {status}"
            )),
        }
    }

    fn note(&self, event: Event) {
        let mut state = self.lock();
        match event {
            Event::Begun(case) => state.running.push(case),
            Event::Done {
                case,
                lines,
                failure,
            } => {
                state.running.retain(|running| *running != case);
                state.lines += lines;
                state.results.insert(case, failure);
            }
        }
        self.news.notify_all();
    }
}

/// The part of the program that runs in the guest.
pub fn in_guest(cases: &[Case], selection: &str) -> Result<(), Box<dyn std::error::Error>> {
    let selected: Vec<usize> = std::fs::read_to_string(selection)?
        .split_whitespace()
        .map(str::parse)
        .collect::<Result<_, _>>()?;
    if !guest::load_modules()?.success() {
        return Err("modprobe failed".into());
    }
    let family = |directory: &str| super::program::Family {
        directory: PathBuf::from(directory),
        libraries: None,
    };
    guest::run(
        cases,
        &selected,
        &family("/opt/reference"),
        &family("/sbin"),
        &mut guest::to_stdout,
    )?;
    Ok(())
}
